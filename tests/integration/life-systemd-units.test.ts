// The units that `licorne systemd` prints, before the eyes of systemd itself.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { temporaryFolder } from '../helpers/examples.ts';
import { licorne } from '../helpers/paths.ts';
import { venvPython } from '../helpers/venv.ts';

const analyze = spawnSync('systemd-analyze', ['--version']).error === undefined;

test('systemd finds no fault in the units that `licorne systemd` prints', {
  skip: analyze ? false : 'systemd-analyze is not installed',
}, (t) => {
  const folder = join(temporaryFolder(t), 'my site');
  mkdirSync(folder);
  writeFileSync(
    join(folder, 'more.toml'),
    '[app]\ntarget = "a"\n[apps.chat]\ntarget = "b"\n[[site]]\n[[site.location]]\npath = "/ws/"\napp = "chat"\n',
  );
  const shim = join(folder, 'python3');
  writeFileSync(shim, `#!/bin/sh\nexec '${venvPython('main')}' "$@"\n`, { mode: 0o755 });
  const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
    spawnSync(process.execPath, ['--', licorne, 'systemd', ...args], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, ...env },
    });
  const site = ['site_app', '--python', venvPython('main')];
  const socket = ['-b', ':80', '-b', '[::1]:81', '-b', `unix:${folder}/a.sock`];
  for (const [kind, args, env] of [
    ['service', [...site, '-b', ':80', '--user', 'root', '--umask', '027', '-e', 'TEXT=50 % of "$HOME"']],
    ['service', [...site, '-b', `unix:${folder}/a.sock`, '--drain-delay', '5', '--graceful-timeout', '1m']],
    [
      'service',
      ['site_app', '--user', 'daemon', '-b', ':443', '--name', 'my-site'],
      { PATH: `${folder}:/bin` },
    ],
    ['service', ['-c', 'more.toml', '--user', 'daemon', '--group', 'daemon', '--run-dir', '/run/my %s site']],
    ['service', [...site, '--error-log', '/var/log/my-site/e 1.log'], { LICORNE_ENV: 'A="1 2",B=%n' }],
    ['service', [...site, '-e', "A=\\ 'x' ; $B", '--boot-timeout', '10m', '--chdir', folder]],
    ['socket', [...site, ...socket, '--socket', '--socket-mode', '660', '--backlog', '99']],
  ] as const) {
    const printed = run(args, env);
    assert.equal(printed.status, 0, printed.stderr);
    assert.match(printed.stderr, /\/etc\/systemd\/system\/my-site\./);
    const path = join(folder, `my-site.${kind}`);
    writeFileSync(path, printed.stdout);
    if (kind === 'socket') writeFileSync(join(folder, 'my-site.service'), run([...site, '-b', ':80']).stdout);
    const verified = spawnSync('systemd-analyze', ['verify', path], { encoding: 'utf8' });
    assert.deepEqual([verified.status, verified.stderr], [0, ''], printed.stdout);
    if (env !== undefined && 'PATH' in env)
      assert.match(printed.stdout, new RegExp(`^ExecStart=.* --python ${venvPython('main')} `, 'm'));
  }
});
