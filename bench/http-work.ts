// Works that are one request again and again: as many as can be answered.
import { app, choose, type Context, djangoEnvironment, startAll } from './context.ts';
import { run, wrk } from './load.ts';
import type { Figure, Headers, Measure } from './measure.ts';
import { APPS, bin, DJANGO } from './places.ts';
import type { PeerName } from './peers.ts';
import { join } from 'node:path';
import type { RunningServer } from './fleet.ts';

export interface HttpWork {
  readonly title: string;
  readonly app: Parameters<typeof app>[0];
  readonly path: string;
  /** POST that many bytes. */
  readonly bodyBytes?: number;
  readonly servers: readonly PeerName[];
  /** What is started must answer alike, byte for byte. A page that tells who made it does not. */
  readonly alike: boolean;
  /** The same handler in a loop, without a server. */
  readonly bareLoop?: boolean;
}

/** A server or what takes the place of one. */
interface Runner {
  readonly name: string;
  readonly rate: (headers: Headers) => Promise<number>;
  failed?: string;
}

export async function measureHttp(context: Context, id: string, work: HttpWork): Promise<Measure[]> {
  const peers = choose(context, work.servers);
  const running = await startAll(context, peers, app(work.app, context.dir), {
    path: work.bodyBytes ? '/' : work.path,
  });
  try {
    if (work.alike) assertAlike(running);
    const runners: Runner[] = running.map(({ server }) => ({
      name: server.name,
      rate: (headers) =>
        wrk(`http://127.0.0.1:${server.port}${work.path}`, {
          ...context,
          headers,
          bodyBytes: work.bodyBytes ?? 0,
        }),
    }));
    if (work.bareLoop) runners.push(bareLoop(context));
    const measures: Measure[] = [];
    for (const headers of context.headers) {
      const figures = await rounds(context, runners, headers);
      measures.push({ work: id, title: work.title, headers, unit: 'requests/s', better: 'higher', figures });
    }
    return measures;
  } finally {
    await Promise.all(running.map(({ server }) => server.stop()));
  }
}

/** Loads them in turn; who begins changes from round to round. One that fails is out. */
async function rounds(context: Context, runners: readonly Runner[], headers: Headers): Promise<Figure[]> {
  const rates = new Map<Runner, number[]>(runners.map((runner) => [runner, []]));
  for (let round = 0; round <= context.rounds; round++) {
    const first = round % runners.length;
    for (const runner of [...runners.slice(first), ...runners.slice(0, first)]) {
      if (runner.failed !== undefined) continue;
      try {
        const rate = await runner.rate(headers);
        if (round > 0) rates.get(runner)?.push(rate); // the first round warms up
      } catch (error) {
        runner.failed = error instanceof Error ? error.message : String(error);
      }
    }
  }
  return [...rates].map(([{ name, failed }, values]) =>
    failed === undefined ? { server: name, rounds: values } : { server: name, rounds: [], failed },
  );
}

function bareLoop(context: Context): Runner {
  const command = [
    ...context.layout.server,
    bin('python'),
    join(APPS, 'bare_loop.py'),
    String(context.seconds),
  ];
  return {
    name: 'bare loop',
    rate: async (headers) =>
      Number(await run(command, { ...djangoEnvironment(context.dir), BENCH_HEADERS: headers }, DJANGO)),
  };
}

function assertAlike(running: readonly { server: RunningServer; answer: Buffer }[]): void {
  const [first, ...others] = running;
  for (const other of others) {
    if (first !== undefined && !first.answer.equals(other.answer)) {
      throw new Error(`${other.server.name} and ${first.server.name} answer differently: nothing to compare`);
    }
  }
}
