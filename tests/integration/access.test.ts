// Who may ask, how often and how fast: the whole server, with an application behind it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { type Answer, RawClient, rawRequest } from '../helpers/http.ts';
import { apps, licorne } from '../helpers/paths.ts';
import { launchLicorne, type Server, startLicorne } from '../helpers/server.ts';
import { venvPython } from '../helpers/venv.ts';
import { Client } from './websocket-client.ts';

const APP = `
import json, time

def application(environ, start_response):
    path = environ["PATH_INFO"]
    if path == "/check":
        name = environ.get("HTTP_COOKIE", "")
        if name == "denied":
            start_response("403 Forbidden", [])
        elif name == "":
            start_response("401 Unauthorized", [("WWW-Authenticate", "Bearer"), ("Set-Cookie", "next=1")])
        else:
            start_response("204 No Content", [("X-Auth-User", name), ("X-Asked", environ["HTTP_X_ORIGINAL_URI"])])
        return []
    if path == "/slow/x":
        time.sleep(1)
    if path == "/big/x":
        start_response("200 OK", [("Content-Type", "application/octet-stream")])
        return [b"x" * 100_000]
    body = environ["wsgi.input"].read()
    told = {key: value for key, value in environ.items() if isinstance(value, str)}
    start_response("200 OK", [("Content-Type", "application/json"), ("X-Frame-Options", "ALLOWALL")])
    return [json.dumps({"environ": told, "body": body.decode("latin-1")}).encode()]
`;

/** A server of one application with these locations; each is the lines of its table. */
async function serve(
  t: TestContext,
  locations: readonly string[],
  files: Readonly<Record<string, string>> = {},
  args: readonly string[] = [],
): Promise<{ server: Server; dir: string }> {
  const dir = folder(t, locations, files);
  const server = await startLicorne(
    t,
    [
      'app',
      '-b',
      '127.0.0.1:0',
      '--gateways',
      '1',
      '--threads',
      '4',
      '--python',
      venvPython('main'),
      ...args,
    ],
    { cwd: dir },
  );
  return { server, dir };
}

function folder(
  t: TestContext,
  locations: readonly string[],
  files: Readonly<Record<string, string>>,
): string {
  const dir = mkdtempSync(join(tmpdir(), 'licorne-access-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  writeFileSync(join(dir, 'app.py'), APP);
  const tables = locations.map((keys) => `[[site.location]]\napp = "app"\n${keys}\n`);
  writeFileSync(join(dir, 'licorne.toml'), `[[site]]\n${tables.join('')}`);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(dir, name), text);
  return dir;
}

function get(server: Server, path: string, ...fields: string[]): Promise<Answer> {
  return rawRequest(server, ['GET', path, 'HTTP/1.1\r\nHost: a\r\n'].join(' ') + lines(fields));
}

function lines(fields: readonly string[]): string {
  return `${fields.map((field) => `${field}\r\n`).join('')}\r\n`;
}

function environOf(answer: Answer): Record<string, string> {
  return (JSON.parse(answer.text) as { environ: Record<string, string> }).environ;
}

function basic(name: string, password: string): string {
  return `Authorization: Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
}

function hash(password: string, ...args: string[]): string {
  return execFileSync(process.execPath, ['--', licorne, 'hash-password', ...args], {
    input: `${password}\n`,
    encoding: 'utf8',
  }).trim();
}

test('addresses are let in or not, as a trusted proxy tells them', async (t) => {
  const { server } = await serve(
    t,
    ['path = "/"\naccess = ["deny 10.0.0.9", "allow 10.0.0.0/8", "deny all"]', 'path = "/open"'],
    {},
    ['--forwarded-allow-ips', '127.0.0.1'],
  );
  assert.equal((await get(server, '/', 'X-Forwarded-For: 10.0.0.9')).status, 403);
  assert.equal((await get(server, '/', 'X-Forwarded-For: 10.0.0.1')).status, 200);
  assert.equal((await get(server, '/', 'X-Forwarded-For: 192.0.2.1')).status, 403);
  assert.equal((await get(server, '/open', 'X-Forwarded-For: 192.0.2.1')).status, 200);
});

test('a password is asked for, from a file of users or those of the location', async (t) => {
  const line = hash('geheim', 'anna');
  assert.match(line, /^anna:\$scrypt\$ln=15,r=8,p=3\$/);
  const bcrypt = '$2y$05$abcdefghijklmnopqrstuuVWu8RjbNovPZWAMRdd7iqaaG0mI53Uu';
  const { server, dir } = await serve(
    t,
    [
      `path = "/"\nbasic_auth = "users"\nbasic_auth_realm = "staff only"\nbasic_auth_users = { bert = "${bcrypt}" }`,
    ],
    { users: `# who may\n\n${line}\n` },
  );
  const none = await get(server, '/');
  assert.equal(none.status, 401);
  assert.equal(none.header('www-authenticate'), 'Basic realm="staff only", charset="UTF-8"');
  assert.equal((await get(server, '/', basic('anna', 'falsch'))).status, 401);
  assert.equal((await get(server, '/', basic('carl', 'geheim'))).status, 401);
  assert.equal((await get(server, '/', basic('anna', 'geheim'))).status, 200);
  assert.equal((await get(server, '/', basic('bert', 'geheim'))).status, 200);
  const again = performance.now();
  assert.equal((await get(server, '/', basic('anna', 'geheim'))).status, 200);
  assert.ok(performance.now() - again < 100, 'it is known now');
  writeFileSync(join(dir, 'users'), `${hash('neu', 'anna')}\n`);
  execFileSync(process.execPath, ['--', licorne, 'reload'], { cwd: dir });
  assert.equal((await get(server, '/', basic('anna', 'geheim'))).status, 401, 'a reload reads the file');
  assert.equal((await get(server, '/', basic('anna', 'neu'))).status, 200);
});

test('passwords are compared beside the requests, not before them', async (t) => {
  const { server } = await serve(t, [
    `path = "/in"\nbasic_auth_users = { anna = "${hash('geheim')}" }`,
    'path = "/"',
  ]);
  const guessing = new Set([0, 1, 2, 3]);
  const guesses = [...guessing].map(async (i) => {
    const { status } = await get(server, '/in', basic('anna', `${i}`));
    guessing.delete(i);
    return status;
  });
  let meanwhile = 0;
  while (guessing.size > 0) {
    assert.equal((await get(server, '/')).status, 200);
    meanwhile += 1;
  }
  assert.deepEqual(await Promise.all(guesses), [401, 401, 401, 401]);
  assert.ok(meanwhile > 20, `${meanwhile} requests were answered meanwhile`);
});

test('what is wrong with users and hashes is told before anything starts, without showing them', async (t) => {
  const dir = folder(t, ['path = "/"\nbasic_auth = "users"'], { users: 'anna:$apr1$x$secret\n' });
  const old = launchLicorne(t, ['app', '-b', '127.0.0.1:0'], { cwd: dir });
  assert.equal((await old.ended).code, 1);
  assert.match(
    old.output.stderr,
    /users: line 1: the hash of `anna` is MD5 of Apache \(htpasswd -m\), which is not taken/,
  );
  assert.doesNotMatch(old.output.stderr, /secret/);
  rmSync(join(dir, 'users'));
  const missing = launchLicorne(t, ['app', '-b', '127.0.0.1:0'], { cwd: dir });
  assert.equal((await missing.ended).code, 1);
  assert.match(missing.output.stderr, /licorne\.toml:5:\d+.*\n?.*the file users does not exist/s);
});

test('a path of the application is asked about each request, and says who it is', async (t) => {
  const { server } = await serve(t, [
    'path = "/in/"\nauth_request = "/check"\nauth_request_headers = ["X-Auth-User", "X-Asked"]',
  ]);
  const refused = await get(server, '/in/a');
  assert.equal(refused.status, 401);
  assert.equal(refused.header('www-authenticate'), 'Bearer');
  assert.deepEqual(refused.headers('set-cookie'), ['next=1']);
  assert.equal((await get(server, '/in/a', 'Cookie: denied')).status, 403);
  const client = new RawClient(server);
  for (const name of ['anna', 'bert']) {
    client.send(
      `POST /in/a%20b?x=1 HTTP/1.1\r\nHost: a\r\nCookie: ${name}\r\nX-Auth-User: root\r\nContent-Length: 4\r\n\r\nbody`,
    );
    const answer = await client.read();
    assert.equal(answer.status, 200);
    const environ = environOf(answer);
    assert.equal(environ['HTTP_X_AUTH_USER'], name);
    assert.equal(environ['HTTP_X_ASKED'], '/in/a%20b?x=1');
    assert.equal((JSON.parse(answer.text) as { body: string }).body, 'body');
  }
  client.close();
  assert.equal(environOf(await get(server, '/out', 'X-Auth-User: me'))['HTTP_X_AUTH_USER'], 'me');
});

test('more requests than the rate get 429 and are told when to come again; a reload goes on counting', async (t) => {
  const { server, dir } = await serve(t, [
    'path = "/"\nrate_limit = "2/h"',
    'path = "/other"\nrate_limit = "2/h"',
  ]);
  assert.equal((await get(server, '/')).status, 200);
  assert.equal((await get(server, '/')).status, 200);
  const refused = await get(server, '/');
  assert.equal(refused.status, 429);
  assert.equal(refused.header('retry-after'), '1800');
  assert.equal(refused.header('ratelimit-policy'), '"2-per-3600s";q=2;w=3600');
  assert.match(refused.header('ratelimit') ?? '', /^"2-per-3600s";r=0;t=\d+$/);
  assert.equal((await get(server, '/other')).status, 200, 'each location counts for itself');
  execFileSync(process.execPath, ['--', licorne, 'reload'], { cwd: dir });
  assert.equal((await get(server, '/')).status, 429);
});

test('a limit of the site is for all of it, but where a location has its own', async (t) => {
  const dir = folder(t, ['path = "/a"', 'path = "/b"', 'path = "/c"\nrate_limit = "1/h"'], {});
  const file = join(dir, 'licorne.toml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('[[site]]\n', '[[site]]\nrate_limit = "3/h"\n'));
  const server = await startLicorne(
    t,
    ['app', '-b', '127.0.0.1:0', '--gateways', '1', '--python', venvPython('main')],
    { cwd: dir },
  );
  const statuses: number[] = [];
  for (const path of ['/a', '/b', '/elsewhere', '/c', '/a', '/c'])
    statuses.push((await get(server, path)).status);
  assert.deepEqual(statuses, [200, 200, 200, 200, 429, 429]);
});

test('a client has no more requests at a time than it may, also when one of them breaks off', async (t) => {
  const { server } = await serve(t, ['path = "/slow/"\nconcurrency_max = 1', 'path = "/"'], {}, [
    '--body-timeout',
    '1',
    '--access-log',
    '-',
  ]);
  const first = get(server, '/slow/x');
  await assertEventually(async () => (await get(server, '/slow/y')).status === 429);
  assert.equal((await get(server, '/free')).status, 200);
  assert.equal((await first).status, 200);
  const broken = new RawClient(server);
  broken.send('POST /slow/y HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab');
  await assertEventually(async () => (await get(server, '/slow/y')).status === 429);
  assert.equal((await broken.read()).status, 408);
  assert.equal((await get(server, '/slow/y')).status, 200);
  await server.waitForLog(/"POST \/slow\/y HTTP\/1\.1" 408/);
  assert.equal(server.output.stdout.match(/"POST \/slow\/y/g)?.length, 1, 'and is written down once');
});

test('a response is sent no faster than it may be', async (t) => {
  const { server } = await serve(t, ['path = "/big/"\nbandwidth = "100k"']);
  const began = performance.now();
  const answer = await get(server, '/big/x');
  const tookMs = performance.now() - began;
  assert.equal(answer.body.length, 100_000);
  assert.ok(tookMs > 500 && tookMs < 5000, `${tookMs} ms for what takes 730`);
});

test('browsers are told whose pages may use the site, and to be careful; the application has the last word', async (t) => {
  const { server } = await serve(t, [
    'path = "/"\ncors_origins = ["https://app.example"]\nsecurity_headers = "basic"\ndeny = ["127.0.0.0/8"]',
    'path = "/in"\ncors_origins = ["https://app.example"]\nsecurity_headers = "strict"',
  ]);
  const preflight = await rawRequest(
    server,
    `OPTIONS /in HTTP/1.1\r\nHost: a\r\nOrigin: https://app.example\r\nAccess-Control-Request-Method: PUT\r\n\r\n`,
  );
  assert.equal(preflight.status, 204);
  assert.equal(preflight.header('access-control-allow-origin'), 'https://app.example');
  const answer = await get(server, '/in', 'Origin: https://app.example');
  assert.equal(answer.header('access-control-allow-origin'), 'https://app.example');
  assert.deepEqual(answer.headers('x-frame-options'), ['ALLOWALL']);
  assert.match(answer.header('content-security-policy') ?? '', /^default-src 'self'/);
  const refused = await get(server, '/', 'Origin: https://app.example');
  assert.equal(refused.status, 403);
  assert.equal(refused.header('x-frame-options'), 'SAMEORIGIN');
  assert.equal(refused.header('access-control-allow-origin'), 'https://app.example', 'a page may read why');
});

test('a server behind this one may be asked, on a path that no client reaches', async (t) => {
  const asked: string[] = [];
  const behind = createServer((request, response) => {
    asked.push(
      `${request.method} ${request.url} ${String(request.headers['x-original-uri'])} ${request.headers['content-length']}`,
    );
    response.writeHead(request.headers.cookie === undefined ? 401 : 200, { 'X-Auth-User': 'anna' });
    response.end('x'.repeat(200_000));
  });
  await new Promise<void>((resolve) => behind.listen(0, '127.0.0.1', resolve));
  t.after(() => behind.close());
  const { port } = behind.address() as AddressInfo;
  const dir = folder(
    t,
    ['path = "/in/"\nauth_request = "/ask/x"\nauth_request_headers = ["X-Auth-User"]'],
    {},
  );
  const file = join(dir, 'licorne.toml');
  const proxied = `[[site.location]]\npath = "/ask/"\ninternal = true\nproxy = "http://127.0.0.1:${port}"\n`;
  writeFileSync(file, `${readFileSync(file, 'utf8')}${proxied}`);
  const server = await startLicorne(t, ['app', '-b', '127.0.0.1:0', '--python', venvPython('main')], {
    cwd: dir,
  });
  assert.equal((await get(server, '/ask/x')).status, 404);
  assert.equal((await get(server, '/in/a')).status, 401);
  const answer = await rawRequest(
    server,
    'POST /in/a HTTP/1.1\r\nHost: a\r\nCookie: sid=1\r\nContent-Length: 4\r\n\r\nbody',
  );
  assert.equal(environOf(answer)['HTTP_X_AUTH_USER'], 'anna');
  assert.equal((JSON.parse(answer.text) as { body: string }).body, 'body');
  assert.deepEqual(asked, ['GET /ask/x /in/a undefined', 'GET /ask/x /in/a undefined']);
});

test('files that an application told about are guarded as it is', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'licorne-access-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const file = join(dir, 'licorne.toml');
  const project = ['--config', file, '--chdir', join(apps, 'django_static'), '--python', venvPython()];
  for (const [toml, status] of [
    ['', 200],
    ['[[site]]\ndeny = ["127.0.0.1"]\n', 403],
    ['[[site]]\n[[site.location]]\npath = "/"\napp = "app"\ndeny = ["127.0.0.1"]\n', 403],
  ] as const) {
    writeFileSync(file, toml);
    const env = { DEBUG: '1' };
    const server = await startLicorne(t, ['shop.wsgi', '-b', '127.0.0.1:0', ...project], { env });
    assert.equal((await get(server, '/static/shop/app.css')).status, status, toml);
    await server.stop();
  }
});

const ASGI = `
async def application(scope, receive, send):
    headers = dict(scope["headers"])
    if scope["type"] == "lifespan":
        return
    if scope["type"] == "http":
        name = headers.get(b"cookie", b"")
        status = 204 if name else 401
        await send({"type": "http.response.start", "status": status, "headers": [(b"x-auth-user", name)]})
        await send({"type": "http.response.body", "body": b""})
        return
    await receive()
    await send({"type": "websocket.accept"})
    await send({"type": "websocket.send", "text": headers[b"x-auth-user"].decode()})
    while (await receive())["type"] != "websocket.disconnect":
        pass
`;

test('a WebSocket is asked about as well, and counts as long as it is open', async (t) => {
  const dir = folder(
    t,
    ['path = "/ws"\nconcurrency_max = 1\nauth_request = "/check"\nauth_request_headers = ["X-Auth-User"]'],
    { 'app.py': ASGI },
  );
  const server = await startLicorne(
    t,
    ['app', '-b', '127.0.0.1:0', '--gateways', '1', '--lifespan', 'off', '--python', venvPython('main')],
    { cwd: dir },
  );
  const refused = new Client(server, '/ws');
  await assert.rejects(refused.open());
  const cookie = { headers: { Cookie: 'anna', 'X-Auth-User': 'root' } };
  const first = await new Client(server, '/ws', [], cookie).open();
  assert.equal(String(await first.next()), 'anna');
  const second = new Client(server, '/ws', [], cookie);
  await assert.rejects(second.open());
  first.socket.close();
  await first.closed;
  await assertEventually(async () => {
    const again = new Client(server, '/ws', [], cookie);
    const opened = await again.open().then(
      () => true,
      () => false,
    );
    again.socket.terminate();
    return opened;
  });
});

async function assertEventually(holds: () => Promise<boolean>): Promise<void> {
  const limit = performance.now() + 5000;
  while (!(await holds())) assert.ok(performance.now() < limit, 'it did not come about');
}
