import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { temporaryFolder } from '../helpers/examples.ts';
import { type Answer, rawRequest } from '../helpers/http.ts';
import { apps } from '../helpers/paths.ts';
import { type Server, startLicorne } from '../helpers/server.ts';
import { venvPython } from '../helpers/venv.ts';

async function serve(t: TestContext, site: string): Promise<Server & { folder: string }> {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'img'));
  writeFileSync(join(folder, 'img', 'a.svg'), '<svg/>');
  writeFileSync(join(folder, 'soon.html'), 'soon\n');
  writeFileSync(
    join(folder, 'licorne.toml'),
    `[app]
target = "app:application"
chdir = ${JSON.stringify(join(apps, 'plain/hello'))}
[[site]]
maintenance_page = "soon.html"
headers = { X-Frame-Options = "DENY" }
${site}
[[site.location]]
path = "/img/"
static = "img"
maintenance = false
[[site.location]]
path = "/closed"
app = "app"
maintenance = true
`,
  );
  const server = await startLicorne(
    t,
    ['-b', '127.0.0.1:0', '--python', venvPython('main'), '--forwarded-allow-ips', '127.0.0.1'],
    { cwd: folder },
  );
  return { ...server, folder };
}

function get(server: Server, path: string, client = ''): Promise<Answer> {
  const from = client === '' ? '' : `X-Forwarded-For: ${client}\r\n`;
  const head = `GET ${path} HTTP/1.1\r\nHost: a\r\n${from}Connection: close\r\n\r\n`;
  return rawRequest(server, head, { method: 'GET', withinMs: 20_000 });
}

test('during maintenance there is a page with 503, but for clients and places that are let through', async (t) => {
  const server = await serve(
    t,
    'maintenance = true\nmaintenance_allow = ["10.1.0.0/16"]\nmaintenance_retry = "5m"',
  );
  const answer = await get(server, '/');
  assert.deepEqual(
    [answer.status, answer.text, answer.header('retry-after'), answer.header('x-frame-options')],
    [503, 'soon\n', '300', 'DENY'],
  );
  assert.equal((await get(server, '/', '10.2.0.1')).status, 503);
  assert.equal((await get(server, '/', '10.1.2.3')).status, 200);
  assert.equal((await get(server, '/img/a.svg')).status, 200);
});

test('a file switches maintenance on and off while the server runs', async (t) => {
  const server = await serve(t, 'maintenance_file = "closed"');
  const until = async (status: number): Promise<Answer> => {
    for (const end = Date.now() + 15_000; ; ) {
      const answer = await get(server, '/');
      if (answer.status === status || Date.now() > end) return answer;
      await wait(50);
    }
  };
  assert.equal((await get(server, '/')).status, 200);
  assert.deepEqual(
    [(await get(server, '/closed')).status, (await get(server, '/closed')).text],
    [503, 'soon\n'],
  );
  writeFileSync(join(server.folder, 'closed'), '');
  assert.deepEqual([(await until(503)).status, (await get(server, '/')).text], [503, 'soon\n']);
  rmSync(join(server.folder, 'closed'));
  assert.equal((await until(200)).status, 200);
});
