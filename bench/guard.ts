// npm run bench:guard: has a request become more expensive? Counts system calls and what is allocated, which no busy machine changes, and compares with a peer in the same run, with room to spare.
// Ends with 1 when a limit of guard-limits.json is passed; with 0 and a word where something cannot be counted here.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { app, choose, type Context, start, startAll } from './context.ts';
import { failure } from './failure.ts';
import type { RunningServer } from './fleet.ts';
import { layout } from './layout.ts';
import { client, wrk } from './load.ts';
import { licorne, type PeerName } from './peers.ts';
import { BENCH } from './places.ts';
import { allocatedBytes, probeEnvironment } from './probe.ts';
import { readable, times } from './numbers.ts';
import { ratioOf } from './statistics.ts';
import { allCalls, parseSummary, workCalls } from './strace.ts';

/** What is checked in: most system calls and bytes of a request, least ratio to a peer. */
interface Limits {
  readonly syscalls: readonly {
    readonly app: 'wsgi' | 'asgi';
    readonly connections: number;
    readonly process: 'gateway' | 'worker';
    readonly workCallsMax: number;
  }[];
  readonly allocations: readonly {
    readonly app: 'wsgi' | 'asgi';
    readonly connections: number;
    readonly heapBytesMax: number;
  }[];
  readonly ratios: readonly {
    readonly app: 'wsgi' | 'asgi';
    readonly peer: PeerName;
    readonly atLeast: number;
  }[];
}

/** Requests that are counted. */
const REQUESTS = 4_000;
/** Until what is hot has been compiled: it allocates less then. */
const WARM_REQUESTS = 12_000;
const ROUNDS = 5;
/** The system keeps so many characters of a name. */
const COMM_MAX = 15;
/** How long strace may take to attach, in milliseconds. */
const ATTACH_MS = 10_000;

const limits: Limits = JSON.parse(readFileSync(join(BENCH, 'guard-limits.json'), 'utf8'));
const dir = mkdtempSync(join(tmpdir(), 'licorne-bench-'));
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const context: Context = {
  layout: layout('all-cores'),
  rounds: ROUNDS,
  seconds: 1,
  connections: 32,
  headers: ['browser'],
  quick: false,
  only: [],
  more: new Map(),
  dir,
  say,
  skip: (what, why) => say(`  - ${what} left out: ${why}`),
  started: () => undefined,
};

try {
  const passed = [await countCalls(), await countAllocations(), await compareRates()].every(Boolean);
  say(passed ? 'Nothing has become more expensive.' : 'A limit of bench/guard-limits.json is passed.');
  process.exitCode = passed ? 0 : 1;
} finally {
  rmSync(dir, { recursive: true, force: true });
}

async function countCalls(): Promise<boolean> {
  let good = true;
  for (const kind of ['wsgi', 'asgi'] as const) {
    const servers = await startAll(context, choose(context, ['licorne']), app(kind, dir), {
      path: '/',
      workers: 1,
    });
    const server = servers[0]?.server;
    try {
      if (server === undefined) throw new Error('licorne does not start');
      for (const limit of limits.syscalls.filter((one) => one.app === kind)) {
        const calls = await counted(server, limit.process, limit.connections);
        if (calls === null) return good;
        const each = workCalls(calls) / REQUESTS;
        const fits = each <= limit.workCallsMax;
        good &&= fits;
        const place = `${kind}, ${limit.process}, ${limit.connections} connection(s)`;
        const top = [...calls]
          .sort((a, b) => b[1] - a[1])
          .slice(0, 5)
          .map(([name, count]) => `${name} ${readable(count / REQUESTS)}`);
        say(
          `  ${fits ? '✓' : '✗'} ${place}: ${readable(each)} calls a request that work (at most ${limit.workCallsMax}), ` +
            `${readable(allCalls(calls) / REQUESTS)} with those that wait (${top.join(', ')})`,
        );
      }
    } finally {
      await server?.stop();
    }
  }
  return good;
}

async function countAllocations(): Promise<boolean> {
  let good = true;
  for (const kind of ['wsgi', 'asgi'] as const) {
    const probe = join(dir, `${kind}.sock`);
    const plain = app(kind, dir);
    const served = { ...plain, env: { ...plain.env, ...probeEnvironment(probe) } };
    const started = await start(context, ['licorne', licorne()], served, { path: '/', workers: 1 });
    if (started === null) throw new Error('licorne does not start');
    try {
      for (const { connections, heapBytesMax } of limits.allocations.filter((one) => one.app === kind)) {
        const ask = (count: number) =>
          client(context.layout, 'requests', [started.server.port, connections, count]);
        await ask(WARM_REQUESTS);
        const each = (await allocatedBytes(probe, () => ask(REQUESTS))) / REQUESTS;
        const fits = each <= heapBytesMax;
        good &&= fits;
        say(
          `  ${fits ? '✓' : '✗'} ${kind}, gateway, ${connections} connection(s): ${readable(each)} bytes a request on the heap (at most ${heapBytesMax})`,
        );
      }
    } finally {
      await started.server.stop();
    }
  }
  return good;
}

/** The calls of one process while it serves REQUESTS requests; null, and said, where nobody may count. */
async function counted(
  server: RunningServer,
  name: string,
  connections: number,
): Promise<Map<string, number> | null> {
  const pid = server.pids.find((one) => nameOf(one) === `licorne: ${name}`.slice(0, COMM_MAX));
  if (pid === undefined) throw new Error(`licorne has no process named ${name}`);
  const ask = (count: number) => client(context.layout, 'requests', [server.port, connections, count]);
  await ask(REQUESTS); // what is made once; and how fast the application is
  const strace = spawn('strace', ['-c', '-f', '-p', String(pid)], { stdio: ['ignore', 'ignore', 'pipe'] });
  let printed = '';
  strace.stderr.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  const ended = new Promise<void>((resolve) => {
    strace.once('error', (error) => {
      printed += failure(error);
      resolve();
    });
    strace.once('close', () => resolve());
  });
  const attached = await until(
    () => tracerOf(pid) !== 0 || strace.exitCode !== null || strace.pid === undefined,
  );
  if (!attached || tracerOf(pid) === 0) {
    strace.kill('SIGINT');
    say(`  - system calls left out: strace cannot count here (${printed.trim().split('\n').at(-1) ?? ''})`);
    return null;
  }
  try {
    await ask(REQUESTS);
  } finally {
    strace.kill('SIGINT'); // it lets go and prints
  }
  await ended;
  return parseSummary(printed);
}

async function compareRates(): Promise<boolean> {
  let good = true;
  for (const { app: kind, peer, atLeast } of limits.ratios) {
    const wanted = choose(context, ['licorne', peer]);
    const running = await startAll(context, wanted, app(kind, dir), { path: '/', workers: 1 });
    try {
      const [ours, other] = ['licorne', peer].map((name) =>
        running.find(({ server }) => server.name === name),
      );
      if (ours === undefined) throw new Error('licorne does not start');
      if (other === undefined) continue;
      const rates: [number[], number[]] = [[], []];
      for (let round = 0; round <= ROUNDS; round++) {
        for (const [index, { server }] of [ours, other].entries()) {
          const rate = await wrk(`http://127.0.0.1:${server.port}/`, {
            ...context,
            headers: 'browser',
            bodyBytes: 0,
          });
          if (round > 0) rates[index]?.push(rate);
        }
      }
      const ratio = ratioOf(...rates);
      // The best round counts: a machine that others use can only make a round worse.
      const fits = (ratio?.high ?? 0) >= atLeast;
      good &&= fits;
      say(
        `  ${fits ? '✓' : '✗'} ${kind} hello: ${times(ratio?.median ?? 0)} × ${peer}, at best ${times(ratio?.high ?? 0)} × (at least ${atLeast})`,
      );
    } finally {
      await Promise.all(running.map(({ server }) => server.stop()));
    }
  }
  return good;
}

function nameOf(pid: number): string {
  return readProc(pid, 'comm').trim();
}

/** Who traces a process; 0: nobody. */
function tracerOf(pid: number): number {
  return Number(/^TracerPid:\s+(\d+)/m.exec(readProc(pid, 'status'))?.[1] ?? 0);
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1');
  } catch {
    return '';
  }
}

async function until(condition: () => boolean): Promise<boolean> {
  const deadline = Date.now() + ATTACH_MS;
  while (!condition()) {
    if (Date.now() > deadline) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}
