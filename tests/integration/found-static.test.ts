// What an app told about its static files reaches every gateway, also one that is started later.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { apps } from '../helpers/paths.ts';
import { alive, descendants } from '../helpers/processes.ts';
import { temporaryFolder } from '../helpers/examples.ts';
import { type Answer, rawRequest } from '../helpers/http.ts';
import { startLicorne } from '../helpers/server.ts';
import { venvPython } from '../helpers/venv.ts';

const linux = process.platform === 'linux';

test('a gateway in the place of one that was killed serves the files that the app told about', {
  skip: linux ? false : 'reads /proc',
}, async (t) => {
  const server = await startLicorne(
    t,
    ['shop.wsgi', '-b', '127.0.0.1:0', '--gateways', '1', '--python', venvPython()],
    { cwd: join(apps, 'django_static'), env: { DEBUG: '1' } },
  );
  const assertServed = async (): Promise<void> => {
    const answer = await fetch(`${server.url}/static/shop/app.css`);
    await answer.arrayBuffer();
    assert.equal(answer.status, 200);
  };
  await assertServed();
  const gateways = descendants(server.pid).filter((pid) =>
    readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('licorne: gatewa'),
  );
  assert.equal(gateways.length, 1);
  const [gateway = 0] = gateways;
  process.kill(gateway, 'SIGKILL');
  await server.waitForLog(/Gateway 0 .*starting another/);
  assert.ok(!alive(gateway));
  // The socket stays open in the master: this waits in its backlog until the new gateway accepts.
  await assertServed();
  assert.doesNotMatch(server.output.stderr + server.output.stdout, /called for \/static/);
});

test('what a location says more of /static/ holds for the files there; a site that sends clients elsewhere has none of them', async (t) => {
  const config = join(temporaryFolder(t), 'licorne.toml');
  writeFileSync(
    config,
    `[[site]]
hosts = ["a.test"]
[[site.location]]
path = "/static/"
headers = { X-Ours = "yes" }
[[site]]
hosts = ["www.a.test"]
[[site.location]]
path = "/"
redirect = "https://a.test$request_uri"
`,
  );
  const server = await startLicorne(
    t,
    ['shop.wsgi', '-b', '127.0.0.1:0', '-c', config, '--python', venvPython()],
    { cwd: join(apps, 'django_static'), env: { DEBUG: '1' } },
  );
  const get = (host: string): Promise<Answer> =>
    rawRequest(server, `GET /static/shop/app.css HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
  const files = await get('a.test');
  assert.deepEqual([files.status, files.header('x-ours')], [200, 'yes']);
  assert.match(files.header('content-type') ?? '', /^text\/css/);
  assert.equal((await get('www.a.test')).status, 302);
});
