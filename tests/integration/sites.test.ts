import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '../helpers/examples.ts';
import { type Answer, rawRequest } from '../helpers/http.ts';
import { apps } from '../helpers/paths.ts';
import { type Server, startLicorne } from '../helpers/server.ts';
import { venvPython } from '../helpers/venv.ts';

const TOML = `[app]
target = "app:application"
chdir = ${JSON.stringify(join(apps, 'plain/hello'))}

[[site]]
hosts = ["one.test", "*.one.test"]
headers = { X-Site = "one", X-Kept = "1" }
error_pages = { 404 = "one-404.html" }
[[site.location]]
path = "/files/"
static = "files"
headers = { x-site = "files" }

[[site]]
hosts = ["two.test"]
app = "none"
[[site.location]]
path = "/app"
app = "app"
`;

async function serve(t: TestContext, more = ''): Promise<Server> {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'files'));
  writeFileSync(join(folder, 'files', 'a.txt'), 'a file\n');
  writeFileSync(join(folder, 'one-404.html'), 'one has lost it\n');
  writeFileSync(join(folder, 'licorne.toml'), TOML + more);
  return startLicorne(t, ['-b', '127.0.0.1:0', '--python', venvPython('main')], { cwd: folder });
}

function get(server: Server, host: string, path: string): Promise<Answer> {
  const head = `GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
  return rawRequest(server, head, { method: 'GET', withinMs: 20_000 });
}

test('a request goes to the site of its host, and what is said there', async (t) => {
  const server = await serve(t);
  for (const host of ['one.test', 'ONE.test:8000', 'deep.er.one.test']) {
    const answer = await get(server, host, '/');
    assert.equal(answer.status, 200, host);
    assert.equal(answer.header('x-site'), 'one');
  }
  const file = await get(server, 'one.test', '/files/a.txt');
  assert.deepEqual([file.status, file.header('x-site'), file.header('x-kept')], [200, 'files', '1']);
  const missing = await get(server, 'one.test', '/files/b.txt');
  assert.deepEqual([missing.status, missing.text], [404, 'one has lost it\n']);
  assert.equal(missing.header('x-kept'), '1', 'errors have the headers too');
  assert.equal(
    (await get(server, 'two.test', '/files/a.txt')).status,
    404,
    'the files of one are not of two',
  );
  assert.equal((await get(server, 'two.test', '/app')).status, 200);
  assert.equal((await get(server, 'two.test', '/app')).header('x-site'), undefined);
});

test('a host that no site has is refused, or goes to the default', async (t) => {
  const server = await serve(t);
  const refused = await get(server, 'three.test', '/');
  assert.equal(refused.status, 421);
  assert.match(refused.text, /There is no site of this name here/);
  const open = await serve(t, '[[site]]\nheaders = { X-Site = "rest" }\n');
  const answer = await get(open, 'three.test', '/');
  assert.deepEqual([answer.status, answer.header('x-site')], [200, 'rest']);
});
