// Deploys that turn a link: the server keeps the name of its folder.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../helpers/examples.ts';
import { licorne } from '../helpers/paths.ts';
import { launch, startLicorne } from '../helpers/server.ts';
import { until } from '../helpers/until.ts';
import { venvPython } from '../helpers/venv.ts';

const app = (version: number): string => `
import os
def app(environ, start_response):
    start_response('200 OK', [])
    return [('${version} %s %s' % (os.path.basename(os.getcwd()), os.environ.get('WORD'))).encode()]
`;

test('a reload goes to where the folder of the server leads now, and commands find it from all its names', async (t) => {
  const shop = temporaryFolder(t);
  const current = join(shop, 'current');
  for (const version of [1, 2, 3]) {
    const release = join(shop, String(version));
    mkdirSync(release);
    writeFileSync(join(release, 'app.py'), version === 3 ? 'import nowhere_at_all\n' : app(version));
    writeFileSync(join(release, 'licorne.toml'), `[app.env]\nWORD = "word ${version}"\n`);
  }
  const turn = (version: number): void => {
    symlinkSync(String(version), join(shop, 'next'));
    renameSync(join(shop, 'next'), current);
  };
  turn(1);
  const env = { PWD: current, XDG_RUNTIME_DIR: shop };
  const args = ['app:app', '-b', '127.0.0.1:0', '--pid', 'shop.pid', '--python', venvPython('main')];
  const server = await startLicorne(t, args, { cwd: current, env });
  const page = async (): Promise<string> =>
    (await fetch(server.url, { headers: { connection: 'close' } })).text();
  const run = async (folder: string, ...words: readonly string[]): Promise<[number | null, string]> => {
    const command = launch(t, licorne, words, { cwd: folder, env: { PWD: folder, XDG_RUNTIME_DIR: shop } });
    const { code } = await command.ended;
    return [code, command.output.stderr];
  };
  assert.equal(await page(), '1 1 word 1');
  turn(2);
  for (const folder of [current, join(shop, '1')]) assert.equal((await run(folder, 'status'))[0], 0, folder);
  assert.deepEqual((await run(current, 'reload'))[0], 0);
  assert.equal(await page(), '2 2 word 2');
  assert.equal((await run(join(shop, '2'), 'status'))[0], 0);
  turn(3);
  const [code, said] = await run(current, 'reload');
  assert.equal(code, 1);
  assert.match(said, /nowhere_at_all/);
  assert.equal(await page(), '2 2 word 2');
  turn(1);
  assert.equal((await run(current, 'reload'))[0], 0);
  assert.equal(await page(), '1 1 word 1');
  assert.equal((await run(current, 'stop'))[0], 0);
  await server.ended;
});

test('relative log files are those of the release that is served, for all processes and also after USR1', async (t) => {
  const shop = temporaryFolder(t);
  const current = join(shop, 'current');
  for (const version of [1, 2]) {
    mkdirSync(join(shop, `${version}/log`), { recursive: true });
    writeFileSync(join(shop, `${version}/app.py`), app(version));
    const logs = 'error_log = "log/error.log"\naccess_log = "log/access.log"\n';
    writeFileSync(join(shop, `${version}/licorne.toml`), `[log]\n${logs}`);
  }
  symlinkSync('1', current);
  const args = ['app:app', '-b', '127.0.0.1:0', '--python', venvPython('main')];
  const env = { PWD: current, XDG_RUNTIME_DIR: shop };
  const server = await startLicorne(t, args, { cwd: current, env });
  const text = (name: string): string => {
    const path = join(shop, name);
    return existsSync(path) ? readFileSync(path, 'utf8') : '';
  };
  await fetch(`${server.url}/first`);
  await until(() => text('1/log/access.log').includes('/first'), 'the first line');
  symlinkSync('2', join(shop, 'next'));
  renameSync(join(shop, 'next'), current);
  process.kill(server.pid, 'SIGHUP');
  await until(() => text('2/log/error.log').includes('Reloaded'), 'the reload');
  const before = text('1/log/error.log');
  await fetch(`${server.url}/second`);
  await until(() => text('2/log/access.log').includes('/second'), 'the second line');
  for (const name of ['error', 'access'])
    renameSync(join(shop, `2/log/${name}.log`), join(shop, `2/log/${name}.old`));
  process.kill(server.pid, 'SIGUSR1');
  await until(() => text('2/log/error.log').includes('opened anew'), 'the new file');
  await until(async () => {
    await fetch(`${server.url}/third`);
    return text('2/log/access.log').includes('/third');
  }, 'the third line');
  assert.equal(text('1/log/error.log'), before);
  assert.doesNotMatch(text('1/log/access.log'), /second|third/);
});
