import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '../helpers/examples.ts';
import { type Answer, RawClient, rawRequest } from '../helpers/http.ts';
import { apps } from '../helpers/paths.ts';
import { type Server, startLicorne } from '../helpers/server.ts';
import { venvPython } from '../helpers/venv.ts';
import { answerOf, ask as overHttp2, openSession } from './http2-client.ts';

const TOML = `[app]
target = "app:application"
chdir = ${JSON.stringify(join(apps, 'plain/environ'))}

[limits]
body_bytes_max = "1k"

[apps.sum]
target = "app:application"
chdir = ${JSON.stringify(join(apps, 'plain/upload_hash'))}

[[site]]
[site.error_pages]
404 = "404.html"

[[site.location]]
path = "/ping"
match = "exact"
respond = "pong"
headers = { Cache-Control = "no-store" }

[[site.location]]
path = "/teapot/"
respond = ""
status = 404

[[site.location]]
path = "/silent"
respond = ""
status = 444

[[site.location]]
path = "/page"
respond_file = "page.html"
status = 410

[[site.location]]
path = '^/old/(?P<rest>.*)$'
match = "regex"
redirect = "/new/\${rest}"
status = 308

[[site.location]]
path = "/secure"
redirect = "https://$host$request_uri"

[[site.location]]
path = '\\.(txt|css)$'
match = "regex"
static = "public"

[[site.location]]
path = "/raw/"
match = "prefix-only"
app = "app"

[[site.location]]
path = "/favicon.ico"
match = "exact"
static = "public"

[[site.location]]
path = '^/item/([0-9]+)$'
match = "regex"
app = "app"
rewrite = "/items?id=$1"

[[site.location]]
path = "/shop/"
app = "app"
mount = true

[[site.location]]
path = "/upload"
app = "sum"
body_bytes_max = "1m"

[[site.location]]
path = "/small"
app = "sum"
body_bytes_max = 10

[[site.location]]
path = "/quick"
app = "sum"
body_rate_min = "1g"
`;

async function serve(t: TestContext, flags: readonly string[] = []): Promise<Server> {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'public'));
  for (const name of ['a.txt', 'favicon.ico'])
    writeFileSync(join(folder, 'public', name), `this is ${name}\n`);
  writeFileSync(join(folder, '404.html'), 'lost\n');
  writeFileSync(join(folder, 'page.html'), '<p>gone\n');
  writeFileSync(join(folder, 'licorne.toml'), TOML);
  return startLicorne(t, ['-b', '127.0.0.1:0', '--python', venvPython('main'), ...flags], { cwd: folder });
}

function ask(server: Server, head: string, body = ''): Promise<Answer> {
  const [method = ''] = head.split(' ');
  const text = `${head.replace(/^(\S+ \S+)/, '$1 HTTP/1.1\r\nHost: site.test:80\r\nConnection: close')}\r\n\r\n${body}`;
  return rawRequest(server, text, { method, withinMs: 20_000 });
}

const environ = async (server: Server, head: string): Promise<Record<string, unknown>> =>
  JSON.parse((await ask(server, head)).text) as Record<string, unknown>;

test('each kind of location answers the paths it is for', async (t) => {
  const server = await serve(t);
  const ping = await ask(server, 'GET /ping?x');
  assert.deepEqual(
    [ping.status, ping.text, ping.header('content-type'), ping.header('cache-control')],
    [200, 'pong', 'text/plain; charset=utf-8', 'no-store'],
  );
  const head = await ask(server, 'HEAD /ping');
  assert.deepEqual([head.status, head.text, head.header('content-length')], [200, '', '4']);
  assert.equal((await ask(server, 'POST /ping\r\nContent-Length: 3', 'abc')).text, 'pong');
  const page = await ask(server, 'GET /page');
  assert.deepEqual(
    [page.status, page.text, page.header('content-type')],
    [410, '<p>gone\n', 'text/html; charset=utf-8'],
  );
  assert.deepEqual(
    [(await ask(server, 'GET /teapot/')).text, (await ask(server, 'GET /teapot/')).status],
    ['lost\n', 404],
  );
  assert.equal((await ask(server, 'GET /sub/a.txt')).status, 404);
  assert.equal((await ask(server, 'GET /a.txt')).text, 'this is a.txt\n');
  assert.equal((await ask(server, 'GET /favicon.ico')).text, 'this is favicon.ico\n');
  assert.equal((await environ(server, 'GET /raw/a.txt')).PATH_INFO, '/raw/a.txt');
  assert.equal((await environ(server, 'GET /ping/')).PATH_INFO, '/ping/');
});

test('redirects keep the query, and let no request choose where they lead', async (t) => {
  const server = await serve(t);
  const location = async (path: string): Promise<unknown[]> => {
    const answer = await ask(server, `GET ${path}`);
    return [answer.status, answer.header('location')];
  };
  assert.deepEqual(await location('/old/a%20b?c=1'), [308, '/new/a%20b?c=1']);
  assert.deepEqual(await location('/old//evil.test'), [308, '/new//evil.test']);
  assert.deepEqual(await location('/old/%0d%0aSet-Cookie:x'), [308, '/new/%0D%0ASet-Cookie:x']);
  assert.deepEqual(await location('/secure/%61?b=%20'), [302, 'https://site.test/secure/%61?b=%20']);
});

test('a rewrite changes what the application sees, and a mount where it thinks it is', async (t) => {
  const server = await serve(t);
  const item = await environ(server, 'GET /item/12?x=1');
  assert.deepEqual([item.PATH_INFO, item.QUERY_STRING, item.SCRIPT_NAME], ['/items', 'id=12', '']);
  const shop = await environ(server, 'GET /shop/a/b?x=1');
  assert.deepEqual([shop.PATH_INFO, shop.QUERY_STRING, shop.SCRIPT_NAME], ['/a/b', 'x=1', '/shop']);
  const bare = await environ(server, 'GET /shop');
  assert.deepEqual([bare.PATH_INFO, bare.SCRIPT_NAME], ['', '/shop']);
  assert.equal((await environ(server, 'GET /shopping')).SCRIPT_NAME, '');
});

test('a location may take more or less of a body than the server does', async (t) => {
  const server = await serve(t);
  const send = async (path: string, bytes: number): Promise<number> =>
    (await ask(server, `POST ${path}\r\nContent-Length: ${bytes}`, 'x'.repeat(bytes))).status;
  const chunked = async (path: string, bytes: number): Promise<number> => {
    const body = `${bytes.toString(16)}\r\n${'x'.repeat(bytes)}\r\n0\r\n\r\n`;
    return (await ask(server, `POST ${path}\r\nTransfer-Encoding: chunked`, body)).status;
  };
  for (const way of [send, chunked]) {
    assert.deepEqual(
      [
        await way('/upload', 2000),
        await way('/upload', 1_100_000),
        await way('/raw/', 900),
        await way('/raw/', 1100),
      ],
      [200, 413, 200, 413],
    );
    assert.deepEqual([await way('/small', 10), await way('/small', 11)], [200, 413]);
  }
});

test('so it is over HTTP/2, and the connection goes on', async (t) => {
  const server = await serve(t, ['--h2c']);
  const session = await openSession(t, server);
  const send = async (path: string, bytes: number, told: boolean): Promise<number> => {
    const length = told ? { 'content-length': String(bytes) } : {};
    const headers = { ':method': 'POST', ':path': path, ':authority': 'site.test', ...length };
    return (await overHttp2(session, headers, 'x'.repeat(bytes))).status;
  };
  for (const told of [true, false]) {
    assert.deepEqual([await send('/small', 10, told), await send('/small', 11, told)], [200, 413]);
    assert.deepEqual([await send('/raw/', 1100, told), await send('/upload', 2000, told)], [413, 200]);
  }
});

test('a location may ask for a faster body than the server does', async (t) => {
  const server = await serve(t, ['--body-rate-grace', '1', '--h2c']);
  const drip = (write: (text: string) => void): void => {
    const timer = setInterval(() => write('x'), 50);
    t.after(() => clearInterval(timer));
  };
  const client = new RawClient(server);
  t.after(() => client.socket.destroy());
  client.send('POST /quick HTTP/1.1\r\nHost: site.test\r\nContent-Length: 1000\r\n\r\n');
  drip((text) => client.send(text));
  assert.equal((await client.read()).status, 408);
  const session = await openSession(t, server);
  const stream = session.request({ ':method': 'POST', ':path': '/quick', ':authority': 'site.test' });
  const answer = answerOf(stream);
  drip((text) => stream.writable && stream.write(text));
  assert.equal((await answer).status, 408);
});

test('where no answer is wanted the connection is ended', async (t) => {
  const server = await serve(t);
  const client = new RawClient(server);
  t.after(() => client.socket.destroy());
  client.send('GET /silent HTTP/1.1\r\nHost: site.test\r\n\r\n');
  await assert.rejects(client.read({ withinMs: 10_000 }));
});
