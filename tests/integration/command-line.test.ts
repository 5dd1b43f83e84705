// The program as it is found in the shell: options that Node has as well are ours.
import assert from 'node:assert/strict';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../helpers/examples.ts';
import { licorne } from '../helpers/paths.ts';
import { launch } from '../helpers/server.ts';
import { venvPython } from '../helpers/venv.ts';

const APP = `
import os
def app(environ, start_response):
    start_response('200 OK', [])
    return [os.environ.get('SHOP_WORD', 'none').encode()]
`;

test('--env-file is read for the application, by every way to start the program, after a reload and an upgrade too', async (t) => {
  const cwd = temporaryFolder(t);
  writeFileSync(join(cwd, 'app.py'), APP);
  // As npm installs it.
  const linked = join(cwd, 'licorne');
  symlinkSync(licorne, linked);
  const args = ['app:app', '-b', '127.0.0.1:0', '--python', venvPython('main')];
  for (const [program, ...before] of [[licorne], [linked], [process.execPath, '--', licorne]]) {
    writeFileSync(join(cwd, 'shop.env'), 'SHOP_WORD=one\n');
    const start = [...before, ...args, '--env-file', 'shop.env'];
    const server = launch(t, program ?? '', start, { cwd });
    const [, url = ''] = await server.waitForLog(/Listening on (http\S+)/);
    const word = async (): Promise<string> => (await fetch(url, { headers: { connection: 'close' } })).text();
    assert.equal(await word(), 'one');
    writeFileSync(join(cwd, 'shop.env'), 'SHOP_WORD=two\n');
    process.kill(server.pid, 'SIGHUP');
    await server.waitForLog(/Reloaded/);
    assert.equal(await word(), 'two');
    writeFileSync(join(cwd, 'shop.env'), 'SHOP_WORD=three\n');
    const upgrade = launch(t, linked, ['upgrade', '--pid', String(server.pid)], { cwd });
    assert.equal((await upgrade.ended).code, 0, upgrade.output.stderr);
    assert.equal(await word(), 'three');
    const stop = launch(t, linked, ['stop'], { cwd });
    assert.equal((await stop.ended).code, 0, stop.output.stderr);
    await server.ended;
  }
});

test('an --env-file that is not there is told in our words', async (t) => {
  const cwd = temporaryFolder(t);
  writeFileSync(join(cwd, 'app.py'), APP);
  const server = launch(t, licorne, ['app:app', '--env-file', 'nope.env'], { cwd });
  assert.equal((await server.ended).code, 1);
  assert.match(server.output.stderr, /`env_file`: the file nope\.env does not exist/);
});

test('`licorne systemd` warns of a user that is not there, and prints the unit all the same', async (t) => {
  const cwd = temporaryFolder(t);
  writeFileSync(join(cwd, 'app.py'), APP);
  const args = ['systemd', 'app:app', '--user', 'nobody-of-that-name', '--python', venvPython('main')];
  const printed = launch(t, licorne, args, { cwd });
  assert.equal((await printed.ended).code, 0);
  assert.match(printed.output.stderr, /warning: there is no user nobody-of-that-name on this machine/);
  assert.match(printed.output.stdout, /^User=nobody-of-that-name$/m);
});
