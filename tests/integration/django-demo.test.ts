import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../helpers/paths.ts';
import { alive, descendants } from '../helpers/processes.ts';
import { launch } from '../helpers/server.ts';

const demo = join(root, 'scripts', 'demo.mjs');

test('npm run demo serves the recipe box until it is interrupted, and leaves nothing behind', async (t) => {
  const server = launch(t, process.execPath, [demo, '--port', '0'], { cwd: root });
  const [, url = ''] = await server.waitForLog(/Listening on (http\S+)/, 180_000);
  assert.match(server.output.stdout, /admin {2}with password {2}unicorn/);
  const page = await (await fetch(url)).text();
  assert.match(page, /Apple crumble/);
  assert.match(page, /served by Licorne/);
  const family = descendants(server.pid);
  assert.ok(family.length >= 4, `master, gateway and two workers, not ${family.length} processes`);
  const { code, signal } = await server.stop('SIGINT');
  assert.equal(signal, null);
  assert.equal(code, 0);
  assert.deepEqual(family.filter(alive), []);
});

test('npm run demo refuses a port that is none, and says how to give one', async (t) => {
  const demoed = launch(t, process.execPath, [demo, '--port', '80000'], { cwd: root });
  const { code } = await demoed.ended;
  assert.equal(code, 1);
  assert.match(demoed.output.stderr, /Usage: npm run demo \[-- --port N\]/);
});
