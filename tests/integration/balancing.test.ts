// Several servers behind this one: who gets a request, and what becomes of it when one of them is not well.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { RequestListener, Server as HttpServer } from 'node:http';
import { createServer } from 'node:net';
import { test, type TestContext } from 'node:test';
import { type Answer, RawClient, rawRequest } from '../helpers/http.ts';
import { until } from '../helpers/until.ts';
import { type Proxy, serveProxy, startBack, startScript } from './proxy-site.ts';

const get = (headers = '', path = '/'): string => `GET ${path} HTTP/1.1\r\nHost: site.test\r\n${headers}\r\n`;

/** Serves with one upstream `backs`, for all paths. */
function serveUpstream(t: TestContext, peers: readonly string[], keys = '', location = ''): Promise<Proxy> {
  return serveProxy(
    t,
    `[upstreams.backs]
peers = ${JSON.stringify(peers)}
${keys}

[[site]]

[[site.location]]
path = "/"
proxy = "backs"
${location}
`,
  );
}

const at = (port: number): string => `http://127.0.0.1:${port}`;

/** A server that answers with its name. */
async function named(t: TestContext, name: string): Promise<{ server: HttpServer; port: number }> {
  return startBack(t, (_, response) => response.end(name));
}

/** A port where nobody listens. */
async function nobody(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

async function texts(server: Proxy, count: number, headers = ''): Promise<string> {
  let all = '';
  for (let i = 0; i < count; i += 1) all += (await rawRequest(server, get(headers))).text;
  return all;
}

test('peers take turns by their weights while nothing else tells them apart', async (t) => {
  const [a, b] = [await named(t, 'a'), await named(t, 'b')];
  const server = await serveUpstream(t, [`${at(a.port)} weight=2`, at(b.port)]);
  const all = await texts(server, 6);
  assert.deepEqual([all.replaceAll('b', ''), all.replaceAll('a', '')], ['aaaa', 'bb']);
});

test('a peer that refuses connections costs nobody an answer, POST included, and gets no requests after a few', async (t) => {
  const [a, gone] = [await named(t, 'a'), await nobody()];
  const server = await serveUpstream(t, [at(gone), at(a.port)], 'balance = "round_robin"\nfail_max = 2');
  for (let i = 0; i < 8; i += 1) {
    const post = 'POST / HTTP/1.1\r\nHost: site.test\r\nContent-Length: 2\r\n\r\nhi';
    assert.equal((await rawRequest(server, post, { method: 'POST' })).text, 'a');
  }
  const { stderr } = server.output;
  assert.equal(stderr.match(/refused the connection: POST \/ after \d+ ms, .* is asked instead/g)?.length, 2);
  assert.equal(stderr.match(/of upstream backs gets no requests for 5 s/g)?.length, 1);
});

test('a request that may have been worked on is sent again only when twice does no harm', async (t) => {
  const cut = await startScript(t, async (connection) => {
    await connection.until(/\r\n\r\n/);
    connection.socket.destroy();
  });
  const a = await named(t, 'a');
  const server = await serveUpstream(
    t,
    [`${at(cut.port)} weight=1000`, at(a.port)],
    'balance = "round_robin"\nfail_max = 0',
  );
  assert.equal((await rawRequest(server, get())).text, 'a');
  const post = 'POST / HTTP/1.1\r\nHost: site.test\r\nContent-Length: 2\r\n\r\nhi';
  assert.equal((await rawRequest(server, post, { method: 'POST' })).status, 502);
  const put = 'PUT / HTTP/1.1\r\nHost: site.test\r\nContent-Length: 2\r\n\r\nhi';
  assert.equal((await rawRequest(server, put, { method: 'PUT' })).text, 'a');
});

test('a response that has begun is cut off, never begun anew', async (t) => {
  const half = await startScript(t, async (connection) => {
    await connection.until(/\r\n\r\n/);
    connection.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf');
    connection.socket.end();
  });
  const a = await named(t, 'a');
  const server = await serveUpstream(t, [`${at(half.port)} weight=1000`, at(a.port)]);
  await assert.rejects(rawRequest(server, get()), /ended|closed|length/i);
});

test('a silent peer is given up in the end and another asked', async (t) => {
  const silent = await startScript(t, () => undefined);
  const a = await named(t, 'a');
  const server = await serveUpstream(
    t,
    [`${at(silent.port)} weight=1000`, at(a.port)],
    '',
    'proxy_read_timeout = "300ms"',
  );
  assert.equal((await rawRequest(server, get())).text, 'a');
  assert.match(server.output.stderr, /was silent for 0\.3 s: GET \/ after \d+ ms, .* is asked instead/);
});

test('another is asked in the place of an answer that is not wanted, as long as there is another', async (t) => {
  const busy: RequestListener = (_, response) => {
    response.statusCode = 503;
    response.end('busy');
  };
  const [one, two] = [await startBack(t, busy), await startBack(t, busy)];
  const a = await named(t, 'a');
  const server = await serveUpstream(
    t,
    [at(one.port), at(two.port), `${at(a.port)} backup`],
    'retry_status = ["502-504"]\nfail_max = 0',
  );
  assert.equal((await rawRequest(server, get())).text, 'a');
  assert.equal(
    server.output.stderr.match(/answered 503: GET \/ after \d+ ms, .* is asked instead/g)?.length,
    2,
  );
  const post = 'POST / HTTP/1.1\r\nHost: site.test\r\nContent-Length: 0\r\n\r\n';
  assert.equal((await rawRequest(server, post, { method: 'POST' })).text, 'busy');
});

test('backups answer while nobody else can, and no longer', async (t) => {
  const port = await nobody();
  const spare = await named(t, 'spare ');
  const server = await serveUpstream(
    t,
    [at(port), `${at(spare.port)} backup`],
    'fail_max = 1\nfail_time = "300ms"',
  );
  assert.equal(await texts(server, 3), 'spare spare spare ');
  const back = await startScript(
    t,
    async (connection) => {
      await connection.until(/\r\n\r\n/);
      connection.socket.end('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nback');
    },
    port,
  );
  await until(async () => (await texts(server, 1)) === 'back', 'the return of the first');
  assert.equal(await texts(server, 3), 'backbackback');
  assert.ok(back.connections.length > 0);
  assert.match(server.output.stderr, /answers again, it gets requests/);
});

test('requests wait in order while every peer has as many as it may, and are turned away when too many wait', async (t) => {
  const waiting: { path: string; answer: () => void }[] = [];
  const back = await startBack(t, (request, response) => {
    const path = request.url ?? '';
    waiting.push({ path, answer: () => response.end(path) });
  });
  const server = await serveUpstream(
    t,
    [`${at(back.port)} max_connections=1`],
    'queue_max = 2\nqueue_timeout = "20s"',
  );
  const clients = [1, 2, 3].map(() => new RawClient(server));
  t.after(() => clients.forEach((client) => client.close()));
  clients[0]?.send(get('', '/0'));
  await until(() => waiting.length === 1, 'the first request');
  const turnedAway = async (): Promise<Answer> => rawRequest(server, get('', '/late'));
  clients[1]?.send(get('', '/1'));
  clients[2]?.send(get('', '/2'));
  let refused: Answer | null = null;
  await until(async () => {
    const probe = new RawClient(server);
    probe.send(get('', '/probe'));
    const answer = await Promise.race([
      probe.read().catch(() => null),
      new Promise<null>((resolve) => setTimeout(() => resolve(null), 100)),
    ]);
    probe.close();
    refused = answer;
    return answer !== null;
  }, 'a full queue');
  assert.equal((refused as Answer | null)?.status, 503);
  assert.equal((refused as Answer | null)?.header('retry-after'), '1');
  assert.equal((await turnedAway()).status, 503);
  for (const number of [0, 1, 2]) {
    await until(() => waiting.length === 1, `request ${number}`);
    const next = waiting.shift();
    assert.equal(next?.path, `/${number}`);
    next?.answer();
    assert.equal((await clients[number]?.read())?.text, `/${number}`);
  }
});

test('a client that waits too long for a peer is told', async (t) => {
  const back = await startScript(t, () => undefined);
  const server = await serveUpstream(t, [`${at(back.port)} max_connections=1`], 'queue_timeout = "300ms"');
  const first = new RawClient(server);
  t.after(() => first.close());
  first.send(get());
  await until(() => back.connections.length === 1, 'the first request');
  assert.equal((await rawRequest(server, get())).status, 503);
  assert.match(server.output.stderr, /No peer had room within queue_timeout for GET \//);
});

test('a client that leaves while it waits gives its place up, and is never asked for', async (t) => {
  const seen: string[] = [];
  let answer: () => void = () => undefined;
  const back = await startBack(t, (request, response) => {
    seen.push(request.url ?? '');
    answer = () => response.end('ok');
  });
  const server = await serveUpstream(t, [`${at(back.port)} max_connections=1`], 'queue_max = 1');
  const first = new RawClient(server);
  t.after(() => first.close());
  first.send(get('', '/first'));
  await until(() => seen.length === 1, 'the first request');
  const leaver = new RawClient(server);
  leaver.send(get('', '/leaver'));
  const refused = async (client: RawClient): Promise<boolean> => {
    client.send(get('', '/next'));
    const late = new Promise<null>((resolve) => setTimeout(() => resolve(null), 150));
    const said = await Promise.race([client.read().then(({ status }) => status), late]);
    return said === 503;
  };
  await until(async () => {
    const asker = new RawClient(server);
    const full = await refused(asker);
    asker.close();
    return full;
  }, 'a full queue');
  leaver.close();
  const next = new RawClient(server);
  t.after(() => next.close());
  await until(async () => !(await refused(next)), 'a free place');
  answer();
  assert.equal((await first.read()).text, 'ok');
  await until(() => seen.length === 2, 'the next request');
  answer();
  assert.deepEqual(seen, ['/first', '/next']);
});

test('a cookie binds a client to a peer; a forged one binds to nobody', async (t) => {
  const [a, b] = [await named(t, 'a'), await named(t, 'b')];
  const server = await serveUpstream(t, [at(a.port), at(b.port)], 'sticky = "srv"');
  const first = await rawRequest(server, get());
  const cookie = first.header('set-cookie') ?? '';
  assert.match(cookie, /^srv=[A-Za-z0-9_-]{24}; Path=\/; HttpOnly; SameSite=Lax$/);
  const bound = `Cookie: x=1; ${cookie.split(';')[0] ?? ''}\r\n`;
  assert.equal(await texts(server, 4, bound), first.text.repeat(4));
  assert.equal((await rawRequest(server, get(bound))).header('set-cookie'), undefined);
  const forged = 'Cookie: srv=AAAAAAAAAAAAAAAAAAAAAAAA\r\n';
  assert.deepEqual([...new Set(await texts(server, 4, forged))].toSorted(), ['a', 'b']);
  assert.match((await rawRequest(server, get(forged))).header('set-cookie') ?? '', /^srv=/);
});

test('with hash the same key goes to the same peer', async (t) => {
  const backs = await Promise.all(['a', 'b', 'c'].map((name) => named(t, name)));
  const server = await serveUpstream(
    t,
    backs.map(({ port }) => at(port)),
    'balance = "hash"\nhash_key = "header:X-Tenant"',
  );
  const seen = new Set<string>();
  for (const tenant of ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight']) {
    const all = await texts(server, 3, `X-Tenant: ${tenant}\r\n`);
    assert.equal(new Set(all).size, 1);
    seen.add(all);
  }
  assert.ok(seen.size > 1);
});

test('a peer that answers questions badly gets no requests until it answers well again', async (t) => {
  let well = true;
  const asked: (string | undefined)[] = [];
  const a = await startBack(t, (request, response) => {
    if (request.url === '/health?full') {
      asked.push(request.headers.host);
      response.end(well ? 'status: good' : 'status: bad');
    } else response.end('a');
  });
  const b = await startBack(t, (request, response) =>
    response.end(request.url === '/health?full' ? 'good' : 'b'),
  );
  const server = await serveUpstream(
    t,
    [at(a.port), at(b.port)],
    'health = "/health?full"\nhealth_interval = "100ms"\nhealth_rise = 1\nhealth_fall = 2\nhealth_body = "good"\nhealth_host = "health.test"',
  );
  await until(() => asked.length > 0, 'a question');
  assert.equal(asked[0], 'health.test');
  assert.deepEqual([...new Set(await texts(server, 4))].toSorted(), ['a', 'b']);
  well = false;
  await until(async () => (await texts(server, 4)) === 'bbbb', 'its end');
  assert.match(server.output.stderr, /gets no requests: asked how it is, it gave an answer without/);
  well = true;
  await until(async () => (await texts(server, 4)).includes('a'), 'its return');
  assert.match(server.output.stderr, /answers again/);
});

test('when all peers are down by their own words, clients get 503; when they only failed, they are asked all the same', async (t) => {
  const down = await startBack(t, (_, response) => {
    response.statusCode = 500;
    response.end('a');
  });
  const server = await serveUpstream(
    t,
    [at(down.port)],
    'health = "/"\nhealth_interval = "100ms"\nhealth_fall = 1',
  );
  await until(async () => (await rawRequest(server, get())).status === 503, 'the end of the only one');
  const failing = await serveUpstream(
    t,
    [at(down.port), at(down.port).replace('127.0.0.1', 'localhost')],
    'fail_max = 1\nfail_status = ["500"]',
  );
  for (let i = 0; i < 6; i += 1) assert.equal((await rawRequest(failing, get())).status, 500);
});

test('peers are told who the client is by the PROXY protocol, ahead of the request', async (t) => {
  for (const [version, pattern] of [
    ['v1', /^PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 \d+ \d+\r\nGET /],
    ['v2', /^\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\x7f\0\0\x01\x7f\0\0\x01....GET /s],
  ] as const) {
    const back = await startScript(t, async (connection) => {
      await connection.until(/GET [^]*\r\n\r\n/);
      connection.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    });
    const server = await serveUpstream(t, [at(back.port)], `send_proxy_protocol = "${version}"`);
    assert.equal(await texts(server, 2), 'okok');
    assert.equal(back.connections.length, 2);
    for (const { received } of back.connections) assert.match(received, pattern);
  }
});

test('a tunnel counts as a request of its peer until it ends', async (t) => {
  const back = await startScript(t, async (connection) => {
    await connection.until(/\r\n\r\n/);
    if (/upgrade: chat/i.test(connection.received))
      connection.socket.write(
        'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: chat\r\n\r\n',
      );
    else connection.socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
  });
  const server = await serveUpstream(t, [`${at(back.port)} max_connections=1`], 'queue_timeout = "20s"');
  const tunnel = new RawClient(server);
  t.after(() => tunnel.close());
  tunnel.send(get('Connection: upgrade\r\nUpgrade: chat\r\n'));
  await until(() => back.connections.length === 1, 'the tunnel');
  const next = rawRequest(server, get());
  const first = await Promise.race([
    next.then(() => 'answered'),
    new Promise((resolve) => setTimeout(() => resolve('waits'), 300)),
  ]);
  assert.equal(first, 'waits');
  tunnel.close();
  assert.equal((await next).text, 'ok');
});

test('a uwsgi server is asked how it is in its own protocol', async (t) => {
  const asked: string[] = [];
  const back = await startScript(t, async (connection) => {
    await connection.until(/REQUEST_URI.*HTTP_HOST/s);
    asked.push(connection.received);
    connection.socket.end('HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n');
  });
  const server = await serveUpstream(
    t,
    [`uwsgi://127.0.0.1:${back.port}`],
    'health = "/up%20?a=b"\nhealth_fall = 1\nhealth_interval = "100ms"',
  );
  await server.waitForLog(/gets no requests: asked how it is, it answered 500/);
  assert.match(
    asked[0] ?? '',
    /REQUEST_METHOD..GET.*REQUEST_URI..\/up%20\?a=b.*PATH_INFO..\/up .*QUERY_STRING..a=b/s,
  );
});
