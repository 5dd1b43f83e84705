// Workers that were forked and grow: what they share counts in parts, and who has too much of its own is replaced.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '../helpers/examples.ts';
import { putUnderLoad } from '../helpers/load.ts';
import { alive, workersOf } from '../helpers/processes.ts';
import { type Server, startLicorne } from '../helpers/server.ts';
import { until } from '../helpers/until.ts';
import { venvPython } from '../helpers/venv.ts';

/** What the import makes is more than any limit of these tests, and less when each process counts its part of it. */
const SOURCE = `
import os, time
SHARED = b'x' * 160_000_000
KEPT = []
def application(environ, start_response):
    if environ['PATH_INFO'] == '/grow':
        for _step in range(int(environ['QUERY_STRING'])):
            KEPT.append(b'y' * 20_000_000)
            time.sleep(0.1)
    start_response('200 OK', [])
    return [b'%d' % os.getpid()]
`;

const WITHOUT_PSS = existsSync('/proc/self/smaps_rollup')
  ? false
  : 'there is no /proc/PID/smaps_rollup on this system';

async function serve(t: TestContext, args: readonly string[]): Promise<Server> {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'app.py'), SOURCE);
  const base = ['app', '-b', '127.0.0.1:0', '--preload', '-w', '3', '--threads', '2'];
  const server = await startLicorne(t, [...base, '--python', venvPython('main'), ...args], { cwd: folder });
  for (const pid of workersOf(server.pid)) assert.ok(residentMib(pid) > 150, `${residentMib(pid)} MiB`);
  return server;
}

function residentMib(pid: number): number {
  return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
}

test('a forked worker that grows is replaced, ready first, and no request is lost', {
  skip: WITHOUT_PSS,
}, async (t) => {
  const server = await serve(t, ['--max-memory', '110m']);
  const before = workersOf(server.pid);
  const load = putUnderLoad(t, server, { clients: 4 });
  const grown = await (await fetch(`${server.url}/grow?6`)).text();
  const name = `Worker \\d \\(pid ${grown}\\)`;
  await server.waitForLog(
    new RegExp(`${name} has \\d+ MiB of memory, more than max_memory \\(110 MiB\\); it is replaced`),
    30_000,
  );
  await until(() => !alive(Number(grown)), 'its end', 30_000);
  await until(() => workersOf(server.pid).length === 3, 'three workers', 30_000);
  const count = load.count();
  await until(() => load.count() > count + 50, 'more requests', 30_000);
  await load.stop();
  assert.deepEqual([...load.statuses.keys()], [200], JSON.stringify([...load.statuses]));
  // Nobody else had too much, though all of them have more than that in memory.
  const after = workersOf(server.pid);
  assert.deepEqual(
    before.filter((pid) => !after.includes(pid)),
    [Number(grown)],
  );
  assert.ok(load.bodies.size >= 3, [...load.bodies].join());
});

test('a forked worker above max_memory_hard is killed, its request gets 502 and another is forked', {
  skip: WITHOUT_PSS,
}, async (t) => {
  const server = await serve(t, ['--max-memory-hard', '150m']);
  const before = workersOf(server.pid);
  const response = await fetch(`${server.url}/grow?60`);
  assert.equal(response.status, 502);
  const [, pid = ''] = await server.waitForLog(
    /Worker \d \(pid (\d+)\) has \d+ MiB of memory, more than max_memory_hard \(150 MiB\), and is killed/,
  );
  assert.ok(before.includes(Number(pid)));
  await until(() => workersOf(server.pid).filter((one) => alive(one)).length === 3, 'three workers');
  assert.equal(workersOf(server.pid).filter((one) => before.includes(one)).length, 2);
  assert.equal((await fetch(server.url)).status, 200);
});
