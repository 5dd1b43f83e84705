// What every work is given: how to load, where to start servers, whom to tell.
import { join } from 'node:path';
import { type Command, PEERS, type Peer, type PeerName } from './peers.ts';
import { APPS, bin, DJANGO } from './places.ts';
import { lacks, launch, type RunningServer, type Task } from './fleet.ts';
import type { Layout } from './layout.ts';
import type { Headers } from './measure.ts';

/** Rounds before those that count: what is compiled while it runs is slow at first. */
export const WARM_ROUNDS = 2;

export interface Context {
  readonly layout: Layout;
  /** Rounds that count; WARM_ROUNDS more come first. */
  readonly rounds: number;
  /** Seconds of a round, whole ones. */
  readonly seconds: number;
  readonly connections: number;
  readonly headers: readonly Headers[];
  /** Smaller numbers of everything: to see whether it works at all. */
  readonly quick: boolean;
  /** Only these servers; empty: all. */
  readonly only: readonly string[];
  /** Licorne on other Nodes, by the names that results show. */
  readonly more: ReadonlyMap<string, Peer>;
  /** Files that are there for all works: database, static files. */
  readonly dir: string;
  readonly say: (line: string) => void;
  /** Remembers why something was not measured. */
  readonly skip: (what: string, why: string) => void;
  /** Remembers how a server was started. */
  readonly started: (server: string, commands: readonly Command[]) => void;
}

/** What is served. */
export interface App {
  readonly cwd: string;
  readonly target: string;
  readonly interface: 'wsgi' | 'asgi';
  readonly env: Readonly<Record<string, string>>;
  readonly files: string | null;
}

export const staticFolder = (dir: string): string => join(dir, 'static');

export function app(kind: 'wsgi' | 'asgi' | 'django' | 'django-asgi' | 'static', dir: string): App {
  const plain = { cwd: APPS, env: {}, files: null };
  const django = { cwd: DJANGO, env: djangoEnvironment(dir), files: null };
  switch (kind) {
    case 'wsgi':
      return { ...plain, target: 'wsgi_app:application', interface: 'wsgi' };
    case 'asgi':
      return { ...plain, target: 'asgi_app:application', interface: 'asgi' };
    case 'django':
      return { ...django, target: 'cookbook.wsgi:application', interface: 'wsgi' };
    case 'django-asgi':
      return { ...django, target: 'cookbook.asgi:application', interface: 'asgi' };
    case 'static': {
      const env = { STATIC_DIR: staticFolder(dir) };
      return { ...plain, env, target: 'wsgi_app:application', interface: 'wsgi', files: staticFolder(dir) };
    }
  }
}

/** As it is in production: no DEBUG; the search path is for servers that look nowhere else. */
export function djangoEnvironment(dir: string): Record<string, string> {
  return {
    DEBUG: '0',
    SECRET_KEY: 'of-the-measurement-only-and-long-enough-for-all-checks',
    ALLOWED_HOSTS: '127.0.0.1,localhost',
    DATABASE: join(dir, 'db.sqlite3'),
    MEDIA_ROOT: join(dir, 'media'),
    DJANGO_SETTINGS_MODULE: 'cookbook.settings',
    PYTHONPATH: DJANGO,
  };
}

/** Tables and recipes for the Django works. */
export const SEED: readonly (readonly string[])[] = [
  [bin('python'), 'manage.py', 'migrate', '--verbosity', '0'],
  [bin('python'), 'manage.py', 'seed'],
];

/** The servers of a work that are there and wanted. */
export function choose(context: Context, names: readonly PeerName[]): Map<string, Peer> {
  const chosen = new Map<string, Peer>();
  for (const name of names) {
    if (context.only.length > 0 && !context.only.includes(name)) continue;
    const missing = lacks(PEERS[name]);
    if (missing === undefined) chosen.set(name, PEERS[name]);
    else context.skip(name, `${missing.split('/').at(-1)} is not there`);
    if (name === 'licorne') for (const [other, peer] of context.more) chosen.set(other, peer);
  }
  return chosen;
}

/** Starts one server and waits for its answer to `path`. Null, and said, when it does not come so far. */
export async function start(
  context: Context,
  [name, peer]: readonly [string, Peer],
  served: App,
  task: Partial<Task> & { path: string; say?: boolean },
): Promise<{ server: RunningServer; answer: Buffer } | null> {
  const { path, say = true, ...rest } = task;
  const wanted = { workers: context.layout.workers, preload: false, ...served, ...rest };
  const fit = name === 'WhiteNoise' ? { ...wanted, target: 'static_wsgi:application' } : wanted;
  const options = { dir: context.dir, cwd: served.cwd, env: served.env, pin: context.layout.server };
  const server = await launch(name, peer, fit, options);
  context.started(name, server.commands);
  try {
    return { server, answer: await server.answers(path) };
  } catch (error) {
    await server.stop();
    if (say) context.skip(name, error instanceof Error ? error.message : String(error));
    return null;
  }
}

/** Starts all of them side by side; those that fail are left out. */
export async function startAll(
  context: Context,
  peers: ReadonlyMap<string, Peer>,
  served: App,
  task: Partial<Task> & { path: string },
): Promise<{ server: RunningServer; answer: Buffer }[]> {
  const all = await Promise.all([...peers].map((entry) => start(context, entry, served, task)));
  return all.filter((one) => one !== null);
}
