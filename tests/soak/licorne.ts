import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { alive } from '../helpers/processes.ts';
import { licorne } from '../helpers/paths.ts';
import { childrenLike, Deploy, endAll, Program, SOAK_APPS, type Target, until } from './target.ts';

const WORKERS = 2;

/** Licorne with a WSGI and an ASGI application at once. */
export async function startLicorneTarget(folder: string, python: string): Promise<Target> {
  const deploy = new Deploy(folder);
  const pidFile = join(folder, 'licorne.pid');
  const logFile = join(folder, 'error.log');
  writeFileSync(join(folder, 'licorne.toml'), configuration(python, pidFile, logFile));
  const program = new Program(licorne, ['-c', join(folder, 'licorne.toml')], {
    cwd: folder,
    env: { SOAK_RELEASE: deploy.file, XDG_RUNTIME_DIR: folder },
  });
  const port = Number((await program.prints(/Listening on http:\/\/127\.0\.0\.1:(\d+)/))[1]);
  let stopped = false;
  const master = (): number => Number(readFileSync(pidFile, 'utf8'));
  const command = async (...words: string[]): Promise<number | null> => {
    const run = new Program(licorne, [...words, '--pid', String(master())], {
      cwd: folder,
      env: { XDG_RUNTIME_DIR: folder },
    });
    return run.ended;
  };
  return {
    name: 'licorne',
    port,
    applications: [
      { prefix: '', websocket: false },
      { prefix: '/async', websocket: true },
    ],
    deploy,
    reload: async () => (await command('reload')) === 0,
    workers: () => childrenLike(master(), /licorne_worker|licorne: worker/),
    scale: async (by) => {
      process.kill(master(), by === 1 ? 'SIGTTIN' : 'SIGTTOU');
    },
    upgrade: async () => {
      const old = master();
      process.kill(old, 'SIGUSR2');
      await until(() => master() !== old && !alive(old), 'the new master takes over');
    },
    permanent: () => [master(), ...childrenLike(master(), /gateway/)],
    log: () => `${program.printed}${readFileSync(logFile, 'utf8')}`,
    stop: async () => {
      if (stopped) return 0;
      stopped = true;
      const last = master();
      process.kill(last, 'SIGTERM');
      await until(() => !alive(last), 'the end of the server', 40_000).catch(() => undefined);
      const left = alive(last);
      endAll([last, program.pid]);
      return left ? null : 0;
    },
  };
}

function configuration(python: string, pidFile: string, logFile: string): string {
  const app = (name: string) =>
    `target = "${name}:application"\nworkers = ${WORKERS}\nmax_requests = 50\nmax_requests_jitter = 10\n`;
  return `[app]
${app('soak_wsgi')}threads = 8
chdir = "${SOAK_APPS}"
python = "${python}"

[apps.async]
${app('soak_asgi')}
[server]
bind = ["127.0.0.1:0"]
pid_file = "${pidFile}"
graceful_timeout = 20

[log]
error_log = "${logFile}"

[[site]]

[[site.location]]
path = "/async"
app = "async"
`;
}

/** Whether a program is there. */
export function installed(command: string): boolean {
  return spawnSync(command, ['--version']).status === 0;
}
