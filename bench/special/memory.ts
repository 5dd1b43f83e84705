// Memory of everything that serves one Django project.
import { app, choose, type Context, start } from '../context.ts';
import { failure } from '../failure.ts';
import { wrk } from '../load.ts';
import type { Figure, Measure } from '../measure.ts';
import { pssBytes } from '../processes.ts';
import type { PeerName } from '../peers.ts';

const WSGI: readonly PeerName[] = [
  'licorne',
  'granian',
  'uWSGI',
  'gunicorn sync',
  'nginx + gunicorn',
  'nginx + uWSGI',
];
/** Those that fork workers after the import. */
const PRELOADING: readonly PeerName[] = [
  'licorne',
  'uWSGI',
  'gunicorn sync',
  'nginx + gunicorn',
  'nginx + uWSGI',
];

const SHAPES = [
  { work: 'memory-1', workers: 1, preload: false, names: WSGI, what: 'one worker' },
  { work: 'memory-4', workers: 4, preload: false, names: WSGI, what: 'four workers' },
  { work: 'memory-preload', workers: 4, preload: true, names: PRELOADING, what: 'four workers, preload' },
] as const;

export async function memory(context: Context): Promise<Measure[]> {
  const measures: Measure[] = [];
  for (const { work, workers, preload, names, what } of SHAPES) {
    const figures: Figure[] = [];
    for (const entry of choose(context, names)) {
      const started = await start(context, entry, app('django', context.dir), {
        path: '/',
        workers,
        preload,
      });
      if (started === null) continue;
      const { server } = started;
      try {
        // Every worker has to have made some pages: only then it is as large as in service.
        await wrk(`http://127.0.0.1:${server.port}/`, {
          ...context,
          seconds: 2,
          headers: 'browser',
          bodyBytes: 0,
        });
        figures.push({ server: server.name, rounds: [pssBytes(server.pids) / 1024 / 1024] });
      } catch (error) {
        figures.push({ server: server.name, rounds: [], failed: failure(error) });
      } finally {
        await server.stop();
      }
    }
    const title = `memory (PSS of the whole tree) of a Django project after two seconds of load, ${what}`;
    measures.push({ work, title, headers: null, unit: 'MB', better: 'lower', figures });
  }
  return measures;
}
