// What an app told about its static files reaches every gateway, also one that is started later.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { apps } from '../helpers/paths.ts';
import { alive, descendants } from '../helpers/processes.ts';
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
