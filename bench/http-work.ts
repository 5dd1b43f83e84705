// Works that are one request again and again: as many as can be answered.
import { join } from 'node:path';
import { app, choose, type Context, djangoEnvironment, startAll, WARM_ROUNDS } from './context.ts';
import { failure } from './failure.ts';
import type { RunningServer } from './fleet.ts';
import { run, wrk } from './load.ts';
import type { Figure, Headers, Measure } from './measure.ts';
import type { PeerName } from './peers.ts';
import { APPS, bin, DJANGO } from './places.ts';
import { cpuSeconds } from './processes.ts';

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

/** What a round gave. */
interface Round {
  readonly perSecond: number;
  /** Microseconds of processor time of the whole tree for a request. */
  readonly cpuMicros: number;
}

/** A server or what takes the place of one. */
interface Runner {
  readonly name: string;
  readonly load: (headers: Headers) => Promise<Round>;
  failed?: string;
}

/** Two measures for each set of headers: requests per second, and what a request costs of the processor. */
export async function measureHttp(context: Context, id: string, work: HttpWork): Promise<Measure[]> {
  const peers = choose(context, work.servers);
  const path = work.bodyBytes ? '/' : work.path;
  const running = await startAll(context, peers, app(work.app, context.dir), { path });
  try {
    if (work.alike) assertAlike(running);
    const runners = running.map(({ server }) => underLoad(context, work, server));
    if (work.bareLoop) runners.push(bareLoop(context));
    const measures: Measure[] = [];
    for (const headers of context.headers) {
      const rounds = await inTurn(context, runners, headers);
      const common = { title: work.title, headers };
      const rate = figuresOf(rounds, ({ perSecond }) => perSecond);
      const cpu = figuresOf(rounds, ({ cpuMicros }) => cpuMicros);
      measures.push({ ...common, work: id, unit: 'requests/s', better: 'higher', figures: rate });
      measures.push({
        ...common,
        work: `${id}-cpu`,
        unit: 'µs of processor time a request',
        better: 'lower',
        figures: cpu,
      });
    }
    return measures;
  } finally {
    await Promise.all(running.map(({ server }) => server.stop()));
  }
}

/** Loads them in turn; who begins changes from round to round. One that fails is out. */
async function inTurn(
  context: Context,
  runners: readonly Runner[],
  headers: Headers,
): Promise<ReadonlyMap<Runner, Round[]>> {
  const rounds = new Map<Runner, Round[]>(runners.map((runner) => [runner, []]));
  for (let round = 0; round < WARM_ROUNDS + context.rounds; round++) {
    const first = round % runners.length;
    for (const runner of [...runners.slice(first), ...runners.slice(0, first)]) {
      if (runner.failed !== undefined) continue;
      try {
        const result = await runner.load(headers);
        if (round >= WARM_ROUNDS) rounds.get(runner)?.push(result);
      } catch (error) {
        runner.failed = failure(error);
      }
    }
  }
  return rounds;
}

function figuresOf(rounds: ReadonlyMap<Runner, Round[]>, value: (round: Round) => number): Figure[] {
  return [...rounds].map(([{ name, failed }, all]) =>
    failed === undefined ? { server: name, rounds: all.map(value) } : { server: name, rounds: [], failed },
  );
}

function underLoad(context: Context, work: HttpWork, server: RunningServer): Runner {
  const url = `http://127.0.0.1:${server.port}${work.path}`;
  return {
    name: server.name,
    load: async (headers) => {
      const before = cpuSeconds(server.pids);
      const perSecond = await wrk(url, { ...context, headers, bodyBytes: work.bodyBytes ?? 0 });
      const seconds = cpuSeconds(server.pids) - before;
      return { perSecond, cpuMicros: (seconds * 1e6) / (perSecond * context.seconds) };
    },
  };
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
    load: async (headers) => {
      const env = { ...djangoEnvironment(context.dir), BENCH_HEADERS: headers };
      const [perSecond = Number.NaN, cpuMicros = Number.NaN] = (await run(command, env, DJANGO))
        .split(' ')
        .map(Number);
      return { perSecond, cpuMicros };
    },
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
