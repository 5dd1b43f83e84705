// Clients that hardly read, beside others that do.
import { app, choose, type Context, start } from '../context.ts';
import { failure } from '../failure.ts';
import { hold } from '../holder.ts';
import { wrk } from '../load.ts';
import type { Figure, Measure } from '../measure.ts';
import type { RunningServer } from '../fleet.ts';

/** Bytes each slow client reads in a second: 1 MB takes it four minutes. */
const SLOW_BYTES_PER_SECOND = 4_096;
const FAST_CLIENTS = 100;
/** Until what fits into the buffers of so many connections has been sent, in milliseconds: it is the reading that is measured, not the asking. */
const SETTLE_MS = 1_500;

/** One server after the other, so that the slow clients of one do not slow down another. */
export async function slowReaders(context: Context): Promise<Measure[]> {
  const count = context.quick ? 200 : 1_000;
  const peers = choose(context, [
    'licorne',
    'granian',
    'uWSGI',
    'nginx + gunicorn',
    'gunicorn gthread',
    'waitress',
  ]);
  const figures: Figure[] = [];
  for (const entry of peers) {
    const started = await start(context, entry, app('wsgi', context.dir), { path: '/' });
    if (started === null) continue;
    try {
      figures.push({ server: entry[0], rounds: await keptShares(context, started.server, count) });
    } catch (error) {
      figures.push({ server: entry[0], rounds: [], failed: failure(error) });
    } finally {
      await started.server.stop();
    }
  }
  return [
    {
      work: 'slow-readers-kept',
      title: `what ${FAST_CLIENTS} clients keep of their requests per second beside ${count} that read 1 MB at 4 KB/s`,
      headers: null,
      unit: '%',
      better: 'higher',
      figures,
      note: 'In each round the fast ones are counted without the slow ones and then with them. A server that answers one request at a time is held by the first slow client.',
    },
  ];
}

/** Percent, a value of each round. */
async function keptShares(context: Context, server: RunningServer, count: number): Promise<number[]> {
  const url = `http://127.0.0.1:${server.port}/`;
  const options = { ...context, connections: FAST_CLIENTS, headers: 'browser', bodyBytes: 0 } as const;
  const kept: number[] = [];
  await wrk(url, options);
  for (let round = 0; round < Math.min(context.rounds, 3); round++) {
    await server.answers('/'); // it may still be busy with those that have gone
    const alone = await wrk(url, options);
    const slow = await hold(context.layout, {
      port: server.port,
      path: '/1m',
      count,
      bytesPerSecond: SLOW_BYTES_PER_SECOND,
    });
    try {
      await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
      kept.push((100 * (await wrk(url, options))) / alone);
    } finally {
      await slow.release();
    }
  }
  return kept;
}
