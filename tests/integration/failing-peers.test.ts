// gunicorn, Node and Licorne behind Licorne under constant load, each killed, paused and brought back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../helpers/until.ts';
import { startFleet, watch } from './fleet.ts';
import { serveProxy } from './proxy-site.ts';

const UPSTREAM = `
fail_time = "1s"
health = "/"
health_interval = "500ms"
health_timeout = "500ms"
health_fall = 2
health_rise = 1

[[site]]

[[site.location]]
path = "/"
proxy = "backs"
proxy_connect_timeout = "1s"
proxy_read_timeout = "2s"
`;

test('whichever of three servers is killed or paused, no request fails that could be saved, and traffic returns by itself', async (t) => {
  const fleet = await startFleet(t);
  const peers = fleet.map(({ port }) => `http://127.0.0.1:${port}`);
  const server = await serveProxy(t, `[upstreams.backs]\npeers = ${JSON.stringify(peers)}${UPSTREAM}`);
  const load = watch(t, server, { gets: 6, posts: 2 });
  const servedBy = (name: string): number => load.by.get(name) ?? 0;
  const served = async (name: string, what: string): Promise<number> => {
    const before = servedBy(name);
    const began = performance.now();
    await until(() => servedBy(name) > before, what);
    return Math.round(performance.now() - began);
  };
  const goOn = async (requests: number): Promise<void> => {
    const to = load.count() + requests;
    await until(() => load.count() >= to, `${requests} requests`);
  };
  /** Until all that it had was given up. */
  const leave = async (name: string): Promise<void> => {
    let before = -1;
    await until(async () => {
      if (servedBy(name) === before) return true;
      before = servedBy(name);
      await goOn(200);
      return false;
    }, `the end of ${name}`);
  };
  for (const { name } of fleet) await served(name, `an answer of ${name}`);
  const began = performance.now();
  for (const back of fleet) {
    const { name } = back;
    load.longest();
    back.signal('SIGKILL');
    await leave(name);
    await goOn(200);
    const killed = load.longest();
    await back.start();
    const again = await served(name, `the return of ${name} after its death`);
    load.longest();
    back.signal('SIGSTOP');
    const silent = new RegExp(`127\\.0\\.0\\.1:${back.port} was silent for 2 s: GET .* is asked instead`);
    await server.waitForLog(silent);
    await leave(name);
    await goOn(200);
    back.signal('SIGCONT');
    const woken = await served(name, `the return of ${name} after its pause`);
    const paused = load.longest();
    t.diagnostic(
      `${name}: killed, longest wait ${killed.toFixed(0)} ms, served again ${again} ms after it answered; paused, longest wait ${paused.toFixed(0)} ms, served again after ${woken} ms`,
    );
  }
  await load.stop();
  const seconds = (performance.now() - began) / 1000;
  t.diagnostic(
    `${load.count()} requests in ${seconds.toFixed(1)} s, failed: ${load.failures.join(', ') || 'none'}; ${[...load.by].map(([name, count]) => `${name} ${count}`).join(', ')}`,
  );
  // A server that is stopped between a head and its body, which gunicorn writes one after the other: the client has the head already.
  const cut = load.failures.filter((failure) => /ended in the middle of an answer/.test(failure));
  assert.equal(cut.length, server.output.stderr.match(/the response was cut off/g)?.length ?? 0);
  // A POST that a server had taken when it was killed or paused must not be sent again: nobody knows what became of it.
  assert.deepEqual(
    load.failures.filter((failure) => !cut.includes(failure) && !/^POST 50[24]$/.test(failure)),
    [],
  );
  assert.ok(load.failures.length <= 12, load.failures.join(', '));
});
