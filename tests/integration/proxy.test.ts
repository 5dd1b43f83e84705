// Requests that are passed on to servers behind this one, and their answers on the way back.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../helpers/examples.ts';
import { RawClient, rawRequest } from '../helpers/http.ts';
import { until } from '../helpers/until.ts';
import { put } from './static-site.ts';
import { locationTo, serveProxy, startBack, startScript } from './proxy-site.ts';

const GET = 'GET /p/x HTTP/1.1\r\nHost: site.test\r\n\r\n';

test('a request is passed on with who its client is, and the answer comes back as it was given', async (t) => {
  const back = await startBack(t, (request, response) => {
    response.setHeader('X-Powered-By', 'back');
    response.setHeader('Set-Cookie', ['a=1', 'b=2']);
    response.statusCode = 201;
    response.end(JSON.stringify({ method: request.method, url: request.url, raw: request.rawHeaders }));
  });
  const server = await serveProxy(
    t,
    `[[site]]${locationTo(back.port, 'proxy_hide_headers = ["X-Powered-By"]')}`,
  );
  const head =
    'POST /p/a%20b?c=d HTTP/1.1\r\nHost: site.test\r\nX-Forwarded-For: 6.6.6.6\r\nContent-Length: 2\r\n\r\nhi';
  const answer = await rawRequest(server, head, { method: 'POST' });
  assert.equal(answer.status, 201);
  assert.deepEqual(answer.headers('set-cookie'), ['a=1', 'b=2']);
  assert.equal(answer.header('x-powered-by'), undefined);
  const seen = JSON.parse(answer.text) as { method: string; url: string; raw: string[] };
  assert.deepEqual([seen.method, seen.url], ['POST', '/p/a%20b?c=d']);
  const fields = Object.fromEntries(
    seen.raw.flatMap((name, i) => (i % 2 === 0 ? [[name, seen.raw[i + 1]]] : [])),
  );
  assert.deepEqual(fields, {
    Host: 'site.test',
    'X-Forwarded-For': '127.0.0.1',
    'X-Real-IP': '127.0.0.1',
    'X-Forwarded-Proto': 'http',
    'X-Forwarded-Host': 'site.test',
    'X-Forwarded-Port': String(server.port),
    Via: '1.1 licorne',
    'X-Request-ID': fields['X-Request-ID'],
    'Content-Length': '2',
  });
  assert.equal(
    (await rawRequest(server, 'GET / HTTP/1.1\r\nHost: site.test\r\n\r\n')).text,
    'Hello, world!\n',
  );
  await until(() => server.accessLog().length === 2, 'what the test waits for');
  const [line] = server.accessLog();
  assert.deepEqual([line?.upstream_addr, line?.upstream_status], [`127.0.0.1:${back.port}`, 201]);
  assert.equal(line?.request_id, fields['X-Request-ID']);
  assert.equal(typeof line?.upstream_connect_time, 'number');
  assert.equal(typeof line?.upstream_response_time, 'number');
  assert.ok(!('upstream_addr' in (server.accessLog()[1] ?? {})));
});

test('connections to a peer are used again, and one that ended meanwhile costs nobody an answer', async (t) => {
  const back = await startScript(t, async (connection) => {
    for (let i = 1; ; i++) {
      await connection.until(new RegExp(`(?:[^]*?\\r\\n\\r\\n){${i}}`));
      connection.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx');
      // The second request of the first connection finds it closed.
      if (connection.number === 1 && i === 1) continue;
      if (connection.number === 1) connection.socket.resetAndDestroy();
    }
  });
  const server = await serveProxy(t, `[[site]]${locationTo(back.port)}`);
  const client = new RawClient(server);
  t.after(() => client.socket.destroy());
  for (let i = 0; i < 2; i++) {
    client.send(GET);
    assert.equal((await client.read()).text, 'x');
  }
  assert.equal(back.connections.length, 1);
  await until(() => back.connections[0]?.socket.destroyed === true, 'what the test waits for');
  client.send(GET);
  assert.equal((await client.read()).text, 'x');
  assert.equal(back.connections.length, 2);
});

test('a request that meets a connection that is just being closed is sent again, unless that could do harm', async (t) => {
  const back = await startScript(t, async (connection) => {
    await connection.until(/\r\n\r\n/);
    connection.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx');
    await connection.until(/\r\n\r\n[^]+\r\n\r\n/);
    connection.socket.resetAndDestroy();
  });
  const server = await serveProxy(t, `[[site]]${locationTo(back.port)}`);
  assert.equal((await rawRequest(server, GET)).text, 'x');
  assert.equal((await rawRequest(server, GET)).text, 'x', 'sent again on a second connection');
  assert.equal(back.connections.length, 2);
  const post = await rawRequest(server, 'POST /p/x HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n', {
    method: 'POST',
  });
  assert.equal(post.status, 502);
  assert.equal(back.connections.length, 2, 'a POST is never sent twice');
});

const HOSTILE: readonly [name: string, response: string, reason: RegExp][] = [
  [
    'two lengths',
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxy',
    /more than one Content-Length/,
  ],
  [
    'a length and chunks',
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    /both Content-Length and Transfer-Encoding/,
  ],
  ['no HTTP', 'SSH-2.0-OpenSSH_9\r\n\r\n', /not an HTTP response/],
  ['lines without CR', 'HTTP/1.1 200 OK\nContent-Length: 0\n\n', /CR or LF by itself/],
  [
    'a protocol nobody asked for',
    'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n',
    /nobody had asked/,
  ],
  ['a folded header', 'HTTP/1.1 200 OK\r\nX: a\r\n b\r\nContent-Length: 0\r\n\r\n', /folded/],
  [
    'a head that is too long',
    `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(70_000)}\r\n\r\n`,
    /response_header_bytes_max/,
  ],
  ['nothing', '', /closed the connection without a response/],
];

test('a response that could be read in two ways is a 502, with the reason in the log', async (t) => {
  const back = await startScript(t, async (connection) => {
    await connection.until(/\r\n\r\n/);
    const number = Number(/^GET \/p\/([0-9]+)/.exec(connection.received)?.[1]);
    connection.socket.end(Buffer.from(HOSTILE[number]?.[1] ?? '', 'latin1'));
  });
  const server = await serveProxy(t, `[[site]]${locationTo(back.port)}`);
  for (const [number, [name, , reason]] of HOSTILE.entries()) {
    const answer = await rawRequest(server, `GET /p/${number} HTTP/1.1\r\nHost: a\r\n\r\n`);
    assert.equal(answer.status, 502, name);
    await server.waitForLog(
      new RegExp(`127\\.0\\.0\\.1:${back.port}[^\n]*${reason.source}[^\n]*GET /p/${number} `),
    );
  }
});

test('bytes after a response are never the beginning of the next one', async (t) => {
  const evil = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil';
  const back = await startScript(t, async (connection) => {
    await connection.until(/\r\n\r\n/);
    connection.socket.write(`HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ngood${evil}`);
  });
  const server = await serveProxy(t, `[[site]]${locationTo(back.port)}`);
  const client = new RawClient(server);
  t.after(() => client.socket.destroy());
  client.send(GET.repeat(20));
  for (let i = 0; i < 20; i++) assert.equal((await client.read()).text, 'good');
  assert.equal(back.connections.length, 20);
});

test('a body that ends too early is not taken for a whole one', async (t) => {
  const back = await startScript(t, async (connection) => {
    await connection.until(/\r\n\r\n/);
    const chunked = connection.received.includes('/chunked');
    connection.socket.end(
      chunked
        ? 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n'
        : 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc',
    );
  });
  const server = await serveProxy(t, `[[site]]${locationTo(back.port)}`);
  for (const path of ['/p/chunked', '/p/length'])
    await assert.rejects(rawRequest(server, `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`), path);
});

test('HEAD, 204, 304 and a body that ends with its connection are what they are', async (t) => {
  const back = await startScript(t, async (connection) => {
    await connection.until(/\r\n\r\n/);
    const said: Record<string, string> = {
      head: 'HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n',
      none: 'HTTP/1.1 204 No Content\r\n\r\n',
      same: 'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 7\r\n\r\n',
      close: 'HTTP/1.0 200 OK\r\n\r\nuntil the end',
    };
    const which = /^[A-Z]+ \/p\/(\w+)/.exec(connection.received)?.[1] ?? '';
    connection.socket.write(said[which] ?? '');
    connection.socket.end();
  });
  const server = await serveProxy(t, `[[site]]${locationTo(back.port)}`);
  const ask = (method: string, path: string) =>
    rawRequest(server, `${method} /p/${path} HTTP/1.1\r\nHost: a\r\n\r\n`, { method });
  const head = await ask('HEAD', 'head');
  assert.deepEqual([head.status, head.header('content-length'), head.text], [200, '7', '']);
  assert.deepEqual(
    [(await ask('GET', 'none')).status, (await ask('GET', 'same')).header('etag')],
    [204, '"a"'],
  );
  const closed = await ask('GET', 'close');
  assert.deepEqual([closed.text, closed.header('transfer-encoding')], ['until the end', 'chunked']);
});

test('hints and trailers are passed on, and 100 is not', async (t) => {
  const back = await startScript(t, async (connection) => {
    await connection.until(/\r\n\r\n/);
    connection.socket.write(
      'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n',
    );
    connection.socket.write(
      'HTTP/1.1 200 OK\r\nTrailer: X-Sum\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nX-Sum: 2\r\n\r\n',
    );
  });
  const server = await serveProxy(t, `[[site]]${locationTo(back.port)}`);
  const client = new RawClient(server);
  t.after(() => client.socket.destroy());
  client.send(GET);
  const informational: { status: number }[] = [];
  const answer = await client.read({ informational: informational as never });
  assert.deepEqual(
    informational.map(({ status }) => status),
    [103],
  );
  assert.deepEqual([answer.text, answer.trailers], ['ab', [['X-Sum', '2']]]);
});

test('a large upload arrives whole, collected or as it comes, with a length or in chunks', async (t) => {
  const back = await startBack(t, (request, response) => {
    const hash = createHash('sha256');
    request.on('data', (chunk: Buffer) => hash.update(chunk));
    request.on('end', () =>
      response.end(
        `${hash.digest('hex')} ${request.headers['content-length'] ?? request.headers['transfer-encoding']}`,
      ),
    );
  });
  const server = await serveProxy(
    t,
    `[[site]]${['auto', 'on', 'off'].map((mode) => locationTo(back.port, `proxy_request_buffering = "${mode}"`, `/${mode}/`)).join('')}`,
  );
  const body = Buffer.alloc(3_000_001, 'licorne');
  const digest = createHash('sha256').update(body).digest('hex');
  for (const mode of ['auto', 'on', 'off']) {
    const response = await fetch(`${server.url}/${mode}/`, { method: 'PUT', body });
    assert.equal(await response.text(), `${digest} 3000001`, mode);
    const chunks = new ReadableStream({
      start(controller) {
        for (let at = 0; at < body.length; at += 100_000) controller.enqueue(body.subarray(at, at + 100_000));
        controller.close();
      },
    });
    const streamed = await fetch(`${server.url}/${mode}/`, {
      method: 'PUT',
      body: chunks,
      duplex: 'half',
    });
    assert.equal(await streamed.text(), `${digest} ${mode === 'on' ? '3000001' : 'chunked'}`, mode);
  }
});

test('a slow upload does not occupy a peer until it is complete', async (t) => {
  const back = await startScript(t, async (connection) => {
    await connection.until(/\r\n\r\nabc/);
    connection.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  });
  const server = await serveProxy(t, `[[site]]${locationTo(back.port)}`);
  const client = new RawClient(server);
  t.after(() => client.socket.destroy());
  client.send('POST /p/ HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nab');
  assert.equal((await rawRequest(server, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')).status, 200);
  assert.equal(back.connections.length, 0);
  client.send('c');
  assert.equal((await client.read({ method: 'POST' })).text, 'ok');
});

test('events reach the client as they are sent, and the peer hears when it leaves', async (t) => {
  let left = false;
  const back = await startBack(t, (request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write('data: 1\n\n');
    request.socket.on('close', () => {
      left = true;
    });
  });
  const server = await serveProxy(t, `[[site]]${locationTo(back.port)}`);
  const client = new RawClient(server);
  client.send(GET);
  let text = '';
  while (!text.includes('data: 1')) text += (await client.readSome()).toString();
  assert.equal(left, false);
  client.socket.destroy();
  await until(() => left, 'what the test waits for');
  await until(() => server.accessLog().length > 0, 'what the test waits for');
});

test('for a client that is slower than its peer proxy_buffer_bytes are held, and of what is live not even that', async (t) => {
  const sent: Record<string, number> = { length: 0, live: 0 };
  const back = await startBack(t, (request, response) => {
    const kind = request.url === '/p/live' ? 'live' : 'length';
    if (kind === 'length') response.setHeader('Content-Length', 64_000_000);
    const piece = Buffer.alloc(64_000);
    const write = (): void => {
      for (;;) {
        sent[kind] = (sent[kind] ?? 0) + piece.length;
        if ((sent[kind] ?? 0) >= 64_000_000) return void response.end(piece);
        if (!response.write(piece)) return void response.once('drain', write);
      }
    };
    write();
  });
  const server = await serveProxy(
    t,
    `[[site]]${locationTo(back.port, 'proxy_buffer_bytes = "16m"\nproxy_spool_bytes = 0')}`,
  );
  const rest: Record<string, number> = {};
  for (const kind of ['live', 'length']) {
    const client = new RawClient(server);
    client.socket.pause();
    client.send(`GET /p/${kind} HTTP/1.1\r\nHost: a\r\n\r\n`);
    let before = 0;
    let stands = 0;
    await until(() => {
      stands = sent[kind] === before && before > 0 ? stands + 1 : 0;
      before = sent[kind] ?? 0;
      return stands === 15;
    }, 'a standstill');
    rest[kind] = sent[kind] ?? 0;
    client.socket.destroy();
  }
  assert.ok((rest.live ?? 0) < 40_000_000, `${rest.live}`);
  assert.ok((rest.length ?? 0) - (rest.live ?? 0) > 8_000_000, `${rest.length} and ${rest.live}`);
});

test('a response waits on the disk for a client that is slow, and its peer is free', async (t) => {
  const body = Buffer.alloc(40_000_000, 'licorne ');
  const digest = createHash('sha256').update(body).digest('hex');
  let sent = 0;
  const back = await startBack(t, (_, response) => {
    response.setHeader('Content-Length', body.length);
    response.on('finish', () => {
      sent += 1;
    });
    response.end(body);
  });
  const server = await serveProxy(
    t,
    `[limits]\nspool_bytes_max = "60m"\n[[site]]${locationTo(back.port)}${locationTo(back.port, 'proxy_spool_bytes = "5m"', '/short/')}`,
  );
  const begin = (path: string): RawClient => {
    const client = new RawClient(server);
    t.after(() => client.socket.destroy());
    client.socket.pause();
    client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    return client;
  };
  const first = begin('/p/');
  await until(() => sent === 1, 'the end of a response');
  // The quota has no room for all of these: their peer waits for them.
  const slow = [begin('/p/'), begin('/short/'), first];
  for (const client of slow) {
    client.socket.resume();
    const answer = await client.read({ withinMs: 30_000 });
    assert.equal(createHash('sha256').update(answer.body).digest('hex'), digest);
  }
  const leaves = begin('/p/');
  await until(() => sent === 4, 'the end of another response');
  leaves.socket.destroy();
  await until(() => server.accessLog().length === 4, 'the access log');
});

test('a file that a peer names with X-Accel-Redirect is sent from an internal location, and only from there', async (t) => {
  const back = await startBack(t, (request, response) => {
    response.setHeader(
      'X-Accel-Redirect',
      request.url === '/p/good' ? '/files/a.txt' : '/files/../licorne.toml',
    );
    response.setHeader('X-Sendfile', '/etc/passwd');
    response.setHeader('Content-Disposition', 'attachment');
    response.end('not this');
  });
  const folder = temporaryFolder(t);
  put(folder, 'private/a.txt', 'the file');
  const tables = `[[site]]${locationTo(back.port)}[[site.location]]\npath = "/files/"\nstatic = "private"\ninternal = true\n`;
  const server = await serveProxy(t, tables, { folder });
  const client = new RawClient(server);
  t.after(() => client.socket.destroy());
  for (let i = 0; i < 2; i++) {
    client.send('GET /p/good HTTP/1.1\r\nHost: a\r\n\r\n');
    const answer = await client.read();
    assert.deepEqual([answer.text, answer.header('content-disposition')], ['the file', 'attachment']);
  }
  client.send('GET /p/bad HTTP/1.1\r\nHost: a\r\n\r\n');
  assert.equal((await client.read()).status, 404);
});

test('who does not answer in time, or not at all, is told apart', async (t) => {
  const silent = await startScript(t, () => undefined);
  const gone = await startScript(t, () => undefined);
  const server = await serveProxy(
    t,
    `[[site]]${locationTo(silent.port, 'proxy_read_timeout = "300ms"')}
[[site.location]]
path = "/refused/"
proxy = "http://127.0.0.1:1"
[[site.location]]
path = "/nowhere/"
proxy = "http://no-such-host.invalid:8000"
[[site.location]]
path = "/socket/"
proxy = "unix:FOLDER/none.sock"
${locationTo(gone.port, '', '/gone/')}`,
  );
  const ask = async (path: string) =>
    (await rawRequest(server, `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)).status;
  assert.equal(await ask('/p/x'), 504);
  await server.waitForLog(/was silent for 0\.3 s: GET \/p\/x after [0-9]+ ms, the client got 504/);
  assert.equal(await ask('/refused/'), 502);
  await server.waitForLog(/127\.0\.0\.1:1 refused the connection: GET \/refused\/ after/);
  await server.waitForLog(/\[WARNING\] The peer http:\/\/no-such-host\.invalid:8000 has no address/);
  assert.equal(await ask('/nowhere/'), 503);
  await server.waitForLog(/no-such-host\.invalid:8000 has no address/);
  assert.equal(await ask('/socket/'), 502);
  await server.waitForLog(/there is no such socket/);
  const client = new RawClient(server);
  client.send('GET /gone/ HTTP/1.1\r\nHost: a\r\n\r\n');
  await until(() => gone.connections.length === 1, 'what the test waits for');
  client.socket.destroy();
  await until(() => gone.connections[0]?.socket.destroyed === true, 'what the test waits for');
  await until(
    () => server.accessLog().some(({ uri, status }) => uri === '/gone/' && status === 499),
    'what the test waits for',
  );
});

test('the URL can have a path, the upstream a name, and the peers take turns', async (t) => {
  const answer =
    (name: string): RequestListener =>
    (request, response) =>
      void response.end(`${name} ${request.url} ${request.headers.host}`);
  const [a, b] = [await startBack(t, answer('a')), await startBack(t, answer('b'))];
  const folder = temporaryFolder(t);
  await startBack(t, answer('socket'), join(folder, 'back.sock'));
  const server = await serveProxy(
    t,
    `[upstreams.pair]
peers = ["http://127.0.0.1:${a.port}", "http://127.0.0.1:${b.port}"]
[[site]]
[[site.location]]
path = "/api/"
proxy = "http://127.0.0.1:${a.port}/v1/"
proxy_host = "$proxy_host"
[[site.location]]
path = "/pair/"
proxy = "pair"
[[site.location]]
path = "/both/"
proxy = "http://pair/"
proxy_host = "back.example"
[[site.location]]
path = "/socket/"
proxy = "unix:FOLDER/back.sock"
[[site.location]]
path = "/one"
match = "exact"
proxy = "http://127.0.0.1:${a.port}/other"
[[site.location]]
path = "^/user/([0-9]+)$"
match = "regex"
rewrite = "/people/$1%20x"
proxy = "http://127.0.0.1:${a.port}"`,
    { folder },
  );
  const ask = async (path: string) =>
    (await rawRequest(server, `GET ${path} HTTP/1.1\r\nHost: s\r\n\r\n`)).text;
  assert.equal(await ask('/api/users?x=/api/'), `a /v1/users?x=/api/ 127.0.0.1:${a.port}`);
  assert.deepEqual([await ask('/pair/x'), await ask('/pair/x')], ['a /pair/x s', 'b /pair/x s']);
  assert.deepEqual([await ask('/both/x'), await ask('/both/')], ['a /x back.example', 'b / back.example']);
  assert.equal(await ask('/socket/y'), 'socket /socket/y s');
  assert.equal(await ask('/one?q'), 'a /other?q s');
  assert.equal(await ask('/user/7?q'), 'a /people/7%20x?q s');
});
