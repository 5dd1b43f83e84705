import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../helpers/examples.ts';
import { rawRequest } from '../helpers/http.ts';
import { launchLicorne, startLicorne } from '../helpers/server.ts';

test('a server without an application serves files and fixed answers, reloads, and ends at once', async (t) => {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'public'));
  writeFileSync(join(folder, 'public', 'a.txt'), 'a\n');
  const runtime = temporaryFolder(t);
  chmodSync(runtime, 0o700);
  const env = { XDG_RUNTIME_DIR: runtime };
  const toml = (text: string): string =>
    `[[site]]\n[[site.location]]\npath = "/files/"\nstatic = "public"\n[[site.location]]\npath = "/hello"\nrespond = "${text}"\n`;
  writeFileSync(join(folder, 'licorne.toml'), toml('hello'));
  const server = await startLicorne(t, ['-b', '127.0.0.1:0', '--graceful-timeout', '60'], {
    cwd: folder,
    env,
  });
  const get = async (path: string): Promise<unknown[]> => {
    const head = `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`;
    const { status, text } = await rawRequest(server, head, { method: 'GET', withinMs: 20_000 });
    return [status, status === 200 ? text : ''];
  };
  assert.deepEqual(await get('/files/a.txt'), [200, 'a\n']);
  assert.deepEqual(await get('/hello'), [200, 'hello']);
  assert.deepEqual(await get('/else'), [404, '']);
  writeFileSync(join(folder, 'licorne.toml'), toml('hello again'));
  process.kill(server.pid, 'SIGHUP');
  for (const end = Date.now() + 15_000; Date.now() < end; )
    if ((await get('/hello'))[1] === 'hello again') break;
  assert.deepEqual(await get('/hello'), [200, 'hello again']);
  const reload = launchLicorne(t, ['reload'], { cwd: folder, env });
  assert.equal((await reload.ended).code, 0, reload.output.stderr);
  assert.match(reload.output.stdout, /^Reloaded in [0-9.]+ s: there is no application\n/);
  const began = Date.now();
  const stopped = await server.stop();
  assert.equal(stopped.code, 0);
  assert.ok(Date.now() - began < 20_000, 'nobody is waited for');
});
