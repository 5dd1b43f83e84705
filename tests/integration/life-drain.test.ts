// The way a server leaves: load balancers hear of it first, nobody who was let in is turned away, and it ends with 0.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import { RawClient, rawRequest } from '../helpers/http.ts';
import { servePlain } from '../helpers/plain.ts';
import { descendants } from '../helpers/processes.ts';
import type { Server } from '../helpers/server.ts';

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function gatewaysOf(server: Server): number[] {
  return descendants(server.pid).filter((pid) =>
    readFileSync(`/proc/${pid}/comm`, 'utf8').startsWith('licorne: gatewa'),
  );
}

/** The gateways stop in their tracks; what happens meanwhile comes upon them all at once. */
function freeze(t: TestContext, server: Server): () => void {
  const gateways = gatewaysOf(server);
  const signal = (name: 'SIGSTOP' | 'SIGCONT'): void => {
    for (const pid of gateways) process.kill(pid, name);
  };
  signal('SIGSTOP');
  let frozen = true;
  const thaw = (): void => {
    if (frozen) signal('SIGCONT');
    frozen = false;
  };
  t.after(thaw);
  return thaw;
}

test('after TERM the readiness fails at once, requests are served for drain_delay, each on its last connection, and the end is 0', async (t) => {
  const server = await servePlain(t, 'slow', ['--drain-delay', '2', '--health-paths']);
  const kept = new RawClient(server);
  kept.send(GET);
  assert.equal((await kept.read()).header('connection'), undefined);
  const began = performance.now();
  process.kill(server.pid, 'SIGTERM');
  await server.waitForLog(/Stopping in 2 s \(drain_delay\)/);
  while ((await fetch(`${server.url}/-/ready`)).status !== 503) assert.ok(performance.now() < began + 1500);
  assert.equal((await fetch(`${server.url}/-/live`)).status, 200);
  const fresh = await rawRequest(server, GET);
  assert.deepEqual([fresh.status, fresh.header('connection')], [200, 'close']);
  kept.send(GET);
  assert.equal((await kept.read()).header('connection'), 'close');
  assert.ok(await kept.closed());
  // One that takes longer than the delay is finished.
  const running = fetch(`${server.url}/?seconds=3`);
  assert.equal((await running).status, 200);
  assert.deepEqual(await server.ended, { code: 0, signal: null });
  assert.ok(performance.now() - began >= 2000);
});

for (const [what, first, second] of [
  ['a second TERM skips the rest of the delay and finishes what runs', 'SIGTERM', 200],
  ['INT ends it, and cuts what runs', 'SIGINT', 502],
  ['QUIT ends it, and cuts what runs', 'SIGQUIT', 502],
] as const) {
  test(`with drain_delay ${what}`, async (t) => {
    const server = await servePlain(t, 'slow', ['--drain-delay', '60', '--threads', '2']);
    const running = fetch(`${server.url}/?seconds=1.5`).then(
      ({ status }) => status,
      () => 0,
    );
    await server.waitForLog(/begins to sleep/);
    process.kill(server.pid, 'SIGTERM');
    await server.waitForLog(/Stopping in 60 s \(drain_delay\)/);
    assert.equal((await rawRequest(server, GET)).status, 200);
    process.kill(server.pid, first);
    assert.equal(await running, second);
    assert.deepEqual(await server.ended, { code: 0, signal: null });
  });
}

test('QUIT and INT without a TERM before do not wait for drain_delay either', async (t) => {
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    const server = await servePlain(t, 'hello', ['--drain-delay', '60']);
    assert.deepEqual(await server.stop(signal), { code: 0, signal: null });
  }
});

test('workers that are sent the same TERM as the master serve on during drain_delay', async (t) => {
  const server = await servePlain(t, 'slow', ['--drain-delay', '2', '-w', '2']);
  const workers = descendants(server.pid).filter(
    (pid) => readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'licorne: worker',
  );
  process.kill(server.pid, 'SIGTERM');
  await server.waitForLog(/Stopping in 2 s/);
  for (const pid of workers) process.kill(pid, 'SIGTERM');
  let served = 0;
  for (const end = performance.now() + 1000; performance.now() < end; served += 1) {
    const { status, text } = await rawRequest(server, GET);
    assert.equal(status, 200);
    assert.ok(workers.includes(Number(text.split(' ')[0])), 'nobody was replaced');
  }
  assert.ok(served > 0);
  assert.deepEqual(await server.ended, { code: 0, signal: null });
});

test('whoever the system has let in before the end is accepted and answered', async (t) => {
  for (const args of [[], ['--gateways', '2']]) {
    const server = await servePlain(t, 'hello', args);
    const thaw = freeze(t, server);
    const clients = Array.from({ length: 60 }, () => new RawClient(server));
    for (const client of clients) client.send(GET);
    await Promise.all(
      clients.map(async ({ socket }) => {
        if (socket.connecting) await new Promise((resolve) => socket.once('connect', resolve));
      }),
    );
    process.kill(server.pid, 'SIGTERM');
    await server.waitForLog(/Stopping:/);
    thaw();
    const answers = await Promise.all(clients.map((client) => client.read()));
    assert.ok(answers.every(({ status }) => status === 200));
    assert.ok(answers.every((answer) => answer.header('connection') === 'close'));
    assert.deepEqual(await server.ended, { code: 0, signal: null });
  }
});

test('a request that reaches an idle connection in the moment of the end is answered, not reset', async (t) => {
  const server = await servePlain(t, 'hello');
  const clients = Array.from({ length: 40 }, () => new RawClient(server));
  for (const client of clients) client.send(GET);
  for (const client of clients) assert.equal((await client.read()).status, 200);
  // Long enough for the connections to count as idle.
  await sleep(700);
  const thaw = freeze(t, server);
  process.kill(server.pid, 'SIGTERM');
  await server.waitForLog(/Stopping:/);
  for (const client of clients) client.send(GET);
  thaw();
  for (const client of clients) {
    const answer = await client.read();
    assert.deepEqual([answer.status, answer.header('connection')], [200, 'close']);
  }
  assert.deepEqual(await server.ended, { code: 0, signal: null });
});

test('a request that arrives when keepalive_timeout is over is answered, not reset', async (t) => {
  const server = await servePlain(t, 'hello', ['--keepalive-timeout', '1']);
  const client = new RawClient(server);
  client.send(GET);
  assert.equal((await client.read()).status, 200);
  const thaw = freeze(t, server);
  await sleep(1500);
  client.send(GET);
  thaw();
  assert.equal((await client.read()).status, 200);
  client.close();
});

test('clients that send one request after the other on their connections lose none when the server leaves', async (t) => {
  const server = await servePlain(t, 'hello', ['-w', '2', '--gateways', '2']);
  const seen = { answers: 0 };
  const lost: string[] = [];
  const loop = async (): Promise<void> => {
    for (;;) {
      const client = new RawClient(server);
      const refused = await new Promise<boolean>((resolve) => {
        client.socket.once('connect', () => resolve(false));
        client.socket.once('error', () => resolve(true));
      });
      if (refused) return;
      for (let last = false; !last; ) {
        client.send(GET);
        try {
          const answer = await client.read();
          assert.equal(answer.status, 200);
          last = answer.header('connection') === 'close';
          seen.answers += 1;
        } catch (error) {
          lost.push(String(error));
          return;
        }
      }
      client.close();
    }
  };
  const clients = Promise.all(Array.from({ length: 30 }, loop));
  while (seen.answers < 500) await sleep(20);
  process.kill(server.pid, 'SIGTERM');
  await clients;
  assert.deepEqual(lost, []);
  assert.deepEqual(await server.ended, { code: 0, signal: null });
});

test('idle connections hold up no end', async (t) => {
  const server = await servePlain(t, 'hello');
  const used = Array.from({ length: 20 }, () => new RawClient(server));
  for (const client of used) client.send(GET);
  for (const client of used) assert.equal((await client.read()).status, 200);
  const began = performance.now();
  process.kill(server.pid, 'SIGTERM');
  for (const client of used) assert.ok(await client.closed());
  assert.deepEqual(await server.ended, { code: 0, signal: null });
  assert.ok(performance.now() - began < 5000);
});
