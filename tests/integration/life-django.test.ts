// A release of a Django project whose URLs or views cannot be imported takes no site down.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '../helpers/examples.ts';
import { launchLicorne, startLicorne } from '../helpers/server.ts';
import { venvPython } from '../helpers/venv.ts';
import { djangoFiles } from './dev-project.ts';

function project(t: TestContext): string {
  const folder = temporaryFolder(t);
  for (const [name, text] of Object.entries(djangoFiles())) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

for (const preload of [[], ['--preload']])
  test(`broken views are a failed reload, and the site goes on${preload.length > 0 ? ', with preload too' : ''}`, async (t) => {
    const cwd = project(t);
    const args = ['-b', '127.0.0.1:0', '--python', venvPython('main'), ...preload];
    const server = await startLicorne(t, args, { cwd });
    assert.match(await (await fetch(server.url)).text(), /<h1>one/);
    writeFileSync(join(cwd, 'shop', 'views.py'), 'import nowhere_at_all\n');
    const reload = launchLicorne(t, ['reload', '--pid', String(server.pid)], { cwd });
    assert.deepEqual(await reload.ended, { code: 1, signal: null });
    assert.match(reload.output.stderr, /no module named 'nowhere_at_all'/);
    assert.match(reload.output.stderr, /shop\/views\.py", line 1/);
    assert.match(await (await fetch(server.url)).text(), /<h1>one/);
    await server.stop();
    const again = launchLicorne(t, args, { cwd });
    assert.deepEqual(await again.ended, { code: 3, signal: null });
    assert.match(again.output.stderr, /no module named 'nowhere_at_all'/);
  });
