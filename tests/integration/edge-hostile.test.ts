// Clients that look for a way around what is said of locations, and see whether the server behind gets to hear of them.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { rawRequest } from '../helpers/http.ts';
import { locationTo, serveProxy, startBack, startScript } from './proxy-site.ts';

test('no spelling of a path leads past the location that guards it', async (t) => {
  const asked: string[] = [];
  const { port } = await startBack(t, (request, response) => {
    asked.push(request.url ?? '');
    response.end('open');
  });
  const server = await serveProxy(
    t,
    `[[site]]${locationTo(port, '', '/')}${locationTo(port, 'access = ["deny *"]', '/admin')}` +
      `${locationTo(port, 'internal = true', '/hidden/')}\n[[site.location]]\npath = "/api"\nproxy = "http://127.0.0.1:${port}/v1/"\n`,
  );
  const status = async (target: string): Promise<number> =>
    (await rawRequest(server, `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)).status;
  for (const target of [
    ...['/admin', '//admin', '/%2fadmin', '/%2Fadmin', '///admin/x', '/x/..//admin', '/%61dmin', '/.//admin'],
    ...['http://a//admin', '/admin/.', '//admin/../admin', '/admin?x', '//admin#x'],
  ])
    assert.equal(await status(target), 403, target);
  for (const target of ['/hidden/x', '//hidden/x', '//hidden//x', '/hidden/'])
    assert.equal(await status(target), 404, target);
  for (const target of ['/api../admin', '/api..', '/api%2e%2e/admin', '/api./admin', '/api..%2fadmin'])
    assert.equal(await status(target), 400, target);
  assert.deepEqual(asked, []);
  assert.equal(await status('//other\\..\\admin'), 200);
  assert.equal(await status('//api/x'), 200);
  assert.deepEqual(asked, ['//other%5C..%5Cadmin', '/v1//x']);
});

test('a question about the whole server is guarded by what is said of all paths', async (t) => {
  const asked: string[] = [];
  const { port } = await startBack(t, ({ url = '' }, response) => {
    asked.push(url);
    response.end();
  });
  const options = 'OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';
  const closed = await serveProxy(
    t,
    '[[site]]\n[[site.location]]\npath = "/"\napp = "app"\naccess = ["deny *"]\n',
  );
  assert.equal((await rawRequest(closed, options)).status, 403);
  const open = await serveProxy(t, `[[site]]${locationTo(port, '', '/')}`);
  assert.equal((await rawRequest(open, options)).status, 200);
  assert.deepEqual(asked, ['*']);
  const files = await serveProxy(t, '[[site]]\n[[site.location]]\npath = "/"\nstatic = "FOLDER"\n');
  assert.equal((await rawRequest(files, options)).header('allow'), 'GET, HEAD, OPTIONS');
});

test('who a client is says the path that was asked, whatever Connection names', async (t) => {
  const seen: (string | undefined)[] = [];
  const { port } = await startBack(t, (request, response) => {
    if (request.url === '/who') {
      seen.push(request.headers['x-original-uri'] as string | undefined);
      response.writeHead(204, { 'X-User': 'anna' });
    } else seen.push(request.headers['x-user'] as string | undefined);
    response.end();
  });
  const server = await serveProxy(
    t,
    `[[site]]${locationTo(port, 'auth_request = "//who"\nauth_request_headers = ["X-User"]', '/')}` +
      `\n[[site.location]]\npath = "/who"\nmatch = "exact"\ninternal = true\nproxy = "http://127.0.0.1:${port}"\n`,
  );
  const { status } = await rawRequest(
    server,
    'GET /a/../b HTTP/1.1\r\nHost: a\r\nX-User: root\r\nConnection: close, X-User, X-Original-URI\r\n\r\n',
  );
  assert.equal(status, 200);
  assert.deepEqual(seen, ['/b', 'anna']);
});

test('a path that is asked may be hidden and rewritten at once', async (t) => {
  const { port } = await startBack(t, (request, response) => {
    response.writeHead(request.url === '/check' ? 204 : 200).end(request.url);
  });
  const server = await serveProxy(
    t,
    `[[site]]${locationTo(port, 'auth_request = "/who"', '/')}` +
      locationTo(port, 'internal = true\nrewrite = "/check"\nmatch = "exact"', '/who'),
  );
  const ask = (path: string): Promise<{ status: number }> =>
    rawRequest(server, `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
  assert.equal((await ask('/x')).status, 200);
  assert.equal((await ask('/who')).status, 404);
});

test('a client that takes nothing of what comes through a tunnel does not hold it for ever', async (t) => {
  const back = await startScript(t, async ({ socket, until }) => {
    await until(/\r\n\r\n/);
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n');
    const piece = Buffer.alloc(65_536);
    const more = (): void => {
      while (socket.write(piece));
    };
    socket.on('drain', more);
    more();
  });
  const server = await serveProxy(t, `[[site]]${locationTo(back.port, 'proxy_tunnel_timeout = "1s"')}`);
  const client = connect(server.port, '127.0.0.1');
  t.after(() => client.destroy());
  client.pause();
  client.write('GET /p/ HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: echo\r\n\r\n');
  const ended = async (): Promise<void> => {
    while (back.connections[0]?.socket.destroyed !== true)
      await new Promise((later) => setTimeout(later, 50));
  };
  await Promise.race([
    ended(),
    new Promise((_, reject) => {
      setTimeout(() => reject(new Error('the tunnel is still there')), 10_000).unref();
    }),
  ]);
});

test('a request that no peer could be sent keeps none of them out', async (t) => {
  let fails = true;
  const peer = (name: string, ill: boolean): Promise<{ port: number }> =>
    startScript(t, async ({ socket }) => {
      await once(socket, 'data');
      if (ill && fails) socket.end();
      else socket.end(`HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\n${name}`);
    });
  const [a, b] = [await peer('a', true), await peer('b', false)];
  const server = await serveProxy(
    t,
    `[upstreams.backs]\npeers = ["uwsgi://127.0.0.1:${a.port}", "uwsgi://127.0.0.1:${b.port}"]\n` +
      'fail_max = 1\nfail_time = "1s"\n\n[[site]]\n[[site.location]]\npath = "/"\nproxy = "backs"\n',
  );
  const ask = (headers = ''): Promise<{ status: number; text: string }> =>
    rawRequest(server, `GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${headers}\r\n`);
  while (!/gets no requests/.test(server.output.stderr)) await ask();
  fails = false;
  const huge = Array.from({ length: 61 }, (_, i) => `X-Of-A-Client-${i}: ${'x'.repeat(1045)}\r\n`).join('');
  // One of these is the request that is to find out whether the peer is back.
  const until = performance.now() + 1500;
  while (performance.now() < until) assert.equal((await ask(huge)).status, 431);
  let answers = '';
  for (let i = 0; i < 6; i++) answers += (await ask()).text;
  assert.match(answers, /a/);
});
