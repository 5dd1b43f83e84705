// Views of a second among views of two milliseconds.
import { app, choose, type Context, start } from '../context.ts';
import { failure } from '../failure.ts';
import { client } from '../load.ts';
import type { Measure } from '../measure.ts';
import { quantile } from '../statistics.ts';

const WORKERS = 4;
const SHARES = [
  ['p50', 0.5],
  ['p99', 0.99],
] as const;

/** One server after the other: two views of a second run all the time, and nobody else may have to wait for them. */
export async function slowViews(context: Context): Promise<Measure[]> {
  const peers = choose(context, [
    'licorne',
    'granian',
    'uWSGI',
    'gunicorn sync',
    'gunicorn gthread',
    'nginx + gunicorn',
    'waitress',
  ]);
  const seconds = context.quick ? 2 : 6;
  const rounds = Math.min(context.rounds, context.quick ? 1 : 3);
  const late = new Map<string, number[][]>();
  const failed = new Map<string, string>();
  for (const entry of peers) {
    const started = await start(context, entry, app('wsgi', context.dir), { path: '/', workers: WORKERS });
    if (started === null) continue;
    const all: number[][] = [];
    late.set(entry[0], all);
    try {
      for (let round = 0; round < rounds; round++) {
        const values = await client(context.layout, 'open-loop', [started.server.port, seconds]);
        all.push(Array.isArray(values) ? values.map(Number) : []);
      }
    } catch (error) {
      failed.set(entry[0], failure(error));
    } finally {
      await started.server.stop();
    }
  }
  return SHARES.map(([name, share]) => ({
    work: `slow-views-${name}`,
    title: `${name} of 2 ms views, due every 15 ms on 8 keep-alive connections, while two views of 1 s always run; ${WORKERS} workers`,
    headers: null,
    unit: 'ms',
    better: 'lower',
    figures: [...late].map(([server, all]) => {
      const why = failed.get(server);
      const values = all.map((one) => quantile(one, share));
      return why === undefined ? { server, rounds: values } : { server, rounds: [], failed: why };
    }),
    note: 'Counted from when the request was due, not from when it could be sent.',
  }));
}
