// From the command to the first answer.
import { app, choose, type Context, djangoEnvironment, start } from '../context.ts';
import { run } from '../load.ts';
import type { Measure } from '../measure.ts';
import { bin, DJANGO } from '../places.ts';

const IMPORT_ALONE = 'importing alone';

/** A Django project, its page: each server several times, in turn. */
export async function startUp(context: Context): Promise<Measure[]> {
  const peers = choose(context, [
    'licorne',
    'granian',
    'uWSGI',
    'gunicorn sync',
    'nginx + gunicorn',
    'waitress',
    'runserver',
  ]);
  const took = new Map<string, number[]>([IMPORT_ALONE, ...peers.keys()].map((name) => [name, []]));
  const rounds = Math.min(context.rounds, 5);
  for (let round = 0; round <= rounds; round++) {
    const add = (name: string, ms: number): void => {
      if (round > 0) took.get(name)?.push(ms); // the first round brings files into memory
    };
    add(IMPORT_ALONE, await importAlone(context));
    for (const entry of peers) {
      const begin = performance.now();
      const started = await start(context, entry, app('django', context.dir), {
        path: '/',
        workers: 1,
        say: round === 0,
      });
      if (started === null) peers.delete(entry[0]);
      else {
        add(entry[0], performance.now() - begin);
        await started.server.stop();
      }
    }
  }
  const figures = [...took].map(([server, values]) => ({ server, rounds: values }));
  const alone = took.get(IMPORT_ALONE) ?? [];
  const over = [...took]
    .filter(([server]) => server !== IMPORT_ALONE)
    .map(([server, values]) => ({
      server,
      rounds: values.map((ms, round) => ms - (alone[round] ?? Number.NaN)),
    }));
  const lower = { headers: null, unit: 'ms', better: 'lower' } as const;
  return [
    {
      ...lower,
      work: 'start-up',
      title: 'from the command to the first page of a Django project, one worker',
      figures,
    },
    {
      ...lower,
      work: 'start-up-over-import',
      title: 'the same, less what importing the project and making the page once takes without a server',
      figures: over,
    },
  ];
}

/** What no server can do without: Python, the project, the page. */
async function importAlone(context: Context): Promise<number> {
  const begin = performance.now();
  await run(
    [...context.layout.server, bin('python'), '-c', FIRST_PAGE],
    djangoEnvironment(context.dir),
    DJANGO,
  );
  return performance.now() - begin;
}

const FIRST_PAGE = `
import io, sys
from cookbook.wsgi import application
environ = {"REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": "/", "QUERY_STRING": "", "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "80",
  "SERVER_PROTOCOL": "HTTP/1.1", "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": "127.0.0.1", "wsgi.version": (1, 0), "wsgi.url_scheme": "http",
  "wsgi.errors": sys.stderr, "wsgi.input": io.BytesIO(), "wsgi.multithread": False, "wsgi.multiprocess": False, "wsgi.run_once": False}
list(application(environ, lambda status, headers, exc_info=None: None))
`;
