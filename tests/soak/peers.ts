import { join } from 'node:path';
import { freePort } from '../helpers/free-port.ts';
import { childrenLike, Deploy, endAll, Program, SOAK_APPS, type Target, until } from './target.ts';

/** gunicorn with threads: the WSGI application. Its reload is HUP, and it tells nobody when that is done. */
export async function startGunicornTarget(folder: string, bin: string): Promise<Target> {
  const port = await freePort();
  const args = ['-w', '4', '--threads', '8', '-b', `127.0.0.1:${port}`, '--max-requests', '50'];
  const rest = [
    '--max-requests-jitter',
    '10',
    '--graceful-timeout',
    '20',
    '--timeout',
    '60',
    '--chdir',
    SOAK_APPS,
  ];
  return startPeer({
    name: 'gunicorn',
    folder,
    port,
    command: join(bin, 'gunicorn'),
    args: [...args, ...rest, 'soak_wsgi:application'],
    ready: /Listening at/,
    websocket: false,
    like: /gunicorn/,
  });
}

/** uvicorn with workers of its own: the ASGI application. */
export async function startUvicornTarget(folder: string, bin: string): Promise<Target> {
  const port = await freePort();
  const args = [
    '--workers',
    '4',
    '--port',
    String(port),
    '--limit-max-requests',
    '50',
    '--app-dir',
    SOAK_APPS,
  ];
  return startPeer({
    name: 'uvicorn',
    folder,
    port,
    command: join(bin, 'uvicorn'),
    args: [...args, '--timeout-graceful-shutdown', '20', '--no-access-log', 'soak_asgi:application'],
    ready: /Application startup complete/,
    websocket: true,
    like: /spawn_main/,
  });
}

async function startPeer(peer: {
  name: string;
  folder: string;
  port: number;
  command: string;
  args: readonly string[];
  ready: RegExp;
  websocket: boolean;
  like: RegExp;
}): Promise<Target> {
  const deploy = new Deploy(peer.folder);
  const program = new Program(peer.command, peer.args, {
    cwd: SOAK_APPS,
    env: { SOAK_RELEASE: deploy.file },
  });
  await program.prints(peer.ready);
  const workers = () => childrenLike(program.pid, peer.like);
  return {
    name: peer.name,
    port: peer.port,
    applications: [{ prefix: '', websocket: peer.websocket }],
    deploy,
    reload: async () => {
      const before = new Set(workers());
      process.kill(program.pid, 'SIGHUP');
      const replaced = () => workers().length > 0 && workers().every((pid) => !before.has(pid));
      return until(replaced, 'new workers', 40_000).catch(() => false);
    },
    workers,
    scale: async (by) => {
      process.kill(program.pid, by === 1 ? 'SIGTTIN' : 'SIGTTOU');
    },
    permanent: () => [program.pid],
    log: () => program.printed,
    stop: async () => {
      program.child.kill('SIGTERM');
      const patience = setTimeout(() => endAll([program.pid]), 40_000);
      const code = await program.ended;
      clearTimeout(patience);
      endAll([program.pid]);
      return code;
    },
  };
}
