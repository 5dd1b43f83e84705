// Licorne beside every other server that is there; started by `npm run bench`. How to read what comes out: README.md.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { chart, type Panel } from './chart.ts';
import { type Context, djangoEnvironment, SEED, staticFolder, WARM_ROUNDS } from './context.ts';
import { failure } from './failure.ts';
import { layout, type LayoutName } from './layout.ts';
import { run } from './load.ts';
import { machineFacts } from './machine.ts';
import { comparable, type Headers, type Measure, OURS } from './measure.ts';
import { type Command, licorne, type Peer } from './peers.ts';
import { BENCH, DJANGO, root } from './places.ts';
import { document, section } from './tables.ts';
import { WORKS } from './works.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    layout: { type: 'string', default: 'one-core' },
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string', default: '1' },
    connections: { type: 'string', default: '32' },
    headers: { type: 'string', default: 'bare,browser' },
    servers: { type: 'string', default: '' },
    node: { type: 'string', multiple: true, default: [] },
    out: { type: 'string' },
    list: { type: 'boolean', default: false },
  },
});

if (values.list) process.stdout.write(`${[...WORKS.keys()].join('\n')}\n`);
else {
  await main().catch((error: unknown) => {
    process.stderr.write(`${failure(error)}\n`);
    process.exitCode = 1;
  });
}

async function main(): Promise<void> {
  const names = positionals.length > 0 ? positionals : [...WORKS.keys()];
  const unknown = names.filter((name) => !WORKS.has(name));
  if (unknown.length > 0)
    throw new Error(`no such work: ${unknown.join(', ')} (there are ${[...WORKS.keys()].join(', ')})`);
  const facts = machineFacts(); // before there is a load of ours
  const dir = mkdtempSync(join(tmpdir(), 'licorne-bench-'));
  const skipped = new Set<string>();
  const commands = new Map<string, string>();
  const context = makeContext(dir, skipped, commands);
  const measures: Measure[] = [];
  try {
    await prepare(dir);
    for (const name of names) {
      context.say(`${name} …`);
      try {
        const found = (await WORKS.get(name)?.(context)) ?? [];
        measures.push(...found);
        for (const measure of found) context.say(`\n${section(measure)}\n`);
      } catch (error) {
        context.skip(name, failure(error));
      }
    }
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
  write(context, facts, { measures, skipped, commands });
}

function makeContext(dir: string, skipped: Set<string>, commands: Map<string, string>): Context {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  return {
    layout: layout(oneOf<LayoutName>('--layout', values.layout, ['one-core', 'all-cores'])),
    rounds: Number(values.rounds ?? (values.quick ? 2 : 9)),
    seconds: Number(values.seconds),
    connections: Number(values.connections),
    headers: values.headers.split(',').map((name) => oneOf<Headers>('--headers', name, ['bare', 'browser'])),
    quick: values.quick,
    only: values.servers === '' ? [] : values.servers.split(','),
    more: new Map<string, Peer>(values.node.map((node) => [`licorne on ${node}`, licorne(node)])),
    dir,
    say,
    skip: (what, why) => {
      const line = `${what}: ${plain(why, dir)}`;
      if (!skipped.has(line)) say(`  - skipped ${line}`);
      skipped.add(line);
    },
    started: (server, all) => {
      if (!commands.has(server)) commands.set(server, all.map((one) => shown(one, dir)).join(' & '));
    },
  };
}

/** A command as one would type it, without this machine's folders. */
function shown({ command, args }: Command, dir: string): string {
  const words = [command, ...args].map((word) => plain(word, dir));
  return [words[0]?.split('/').at(-1), ...words.slice(1)].join(' ');
}

function plain(text: string, dir: string): string {
  return text.replaceAll(dir, 'DIR').replaceAll(root, '.');
}

function oneOf<T extends string>(option: string, value: string, allowed: readonly T[]): T {
  const found = allowed.find((one) => one === value);
  if (found === undefined) throw new Error(`${option}: ${value} is none of ${allowed.join(', ')}`);
  return found;
}

/** A database with recipes, and files to serve. */
async function prepare(dir: string): Promise<void> {
  for (const command of SEED) await run(command, djangoEnvironment(dir), DJANGO);
  mkdirSync(staticFolder(dir));
  for (const [name, bytes] of [
    ['1k.bin', 1_024],
    ['100k.bin', 102_400],
    ['10m.bin', 10_485_760],
  ] as const) {
    writeFileSync(join(staticFolder(dir), name), Buffer.alloc(bytes, 'Licorne '));
  }
}

function write(
  context: Context,
  facts: [string, string][],
  found: { measures: Measure[]; skipped: Set<string>; commands: Map<string, string> },
): void {
  const { name: layoutName } = context.layout;
  const major = process.versions.node.split('.')[0];
  const date = new Date().toISOString().slice(0, 10);
  const name = `${values.out ?? `${date}-node${major}-${layoutName}`}${values.quick ? '-quick' : ''}`;
  const folder = join(BENCH, 'results');
  mkdirSync(folder, { recursive: true });
  const ours =
    context.layout.name === 'one-core'
      ? 'one for all of a server’s processes, another for the load'
      : 'all, shared with the load';
  const whole = [
    ...facts,
    ['processors', `${layoutName}: ${ours}`],
    [
      'rounds',
      `${context.rounds} of ${context.seconds} s, ${context.connections} connections, after ${WARM_ROUNDS} that warm up`,
    ],
    ['command', `npm run bench -- ${process.argv.slice(2).join(' ')}`.trim()],
  ] as [string, string][];
  const panels = found.measures.flatMap(panel);
  if (panels.length > 0) {
    const subtitle = `${layoutName}, a browser’s headers, ${whole.find(([fact]) => fact === 'licorne')?.[1]}, ${date}. The longer the better.`;
    const picture = chart(panels, {
      title: 'Requests per second by server',
      subtitle,
      unit: 'Requests per second',
    });
    writeFileSync(join(folder, `${name}.svg`), picture);
  }
  const preface = {
    title: `Measured on ${date}, Node ${major}, ${layoutName}`,
    facts: whole,
    skipped: [...found.skipped],
    commands: [...found.commands],
    chart: panels.length > 0 ? `${name}.svg` : null,
  };
  writeFileSync(join(folder, `${name}.md`), document(preface, found.measures));
  writeFileSync(
    join(folder, `${name}.json`),
    `${JSON.stringify({ facts: whole, measures: found.measures }, null, 1)}\n`,
  );
  context.say(`Written: bench/results/${name}.md`);
}

/** The picture shows what people meet: requests with a browser's headers. */
function panel(measure: Measure): Panel[] {
  if (measure.headers !== 'browser' || measure.unit !== 'requests/s') return [];
  const bars = comparable(measure).map(({ server, value }) => ({
    name: server,
    value,
    ours: server === OURS,
  }));
  return [{ title: measure.title, bars }];
}
