// What the measurements share: servers that all run at the same time and are loaded in turn by wrk, and the ratios of each round.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));
export const bench = join(root, 'bench');
export const licorne = join(root, 'bin/licorne');

const venv = join(root, '.build/bench');

/** A program of the peers' environment. */
export const bin = (name) => join(venv, 'bin', name);

/** Puts the peers into an environment of their own, on the Python of the tests. */
export function prepare(packages) {
  if (spawnSync('wrk', ['-v']).error) throw new Error('wrk is missing (Debian: apt install wrk)');
  const python = join(root, '.venv/bin/python');
  if (!existsSync(python)) throw new Error('run `npm test` once: it makes the virtual environment');
  if (!existsSync(venv)) execFileSync(python, ['-m', 'venv', venv], { stdio: 'inherit' });
  const installed = execFileSync(bin('pip'), ['list', '--format=freeze'], { encoding: 'utf8' }).toLowerCase();
  const missing = packages.filter((name) => !installed.includes(`${name.replace(/\[.*/, '')}==`));
  if (missing.length > 0) execFileSync(bin('pip'), ['install', '-q', ...missing], { stdio: 'inherit' });
}

export function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Starts a server and waits until it answers `path`, whatever it says. */
export async function start([command, args], port, path, options) {
  const child = spawn(command, args, { ...options, stdio: ['ignore', 'ignore', 'inherit'] });
  child.once('exit', (code, signal) => {
    if (!child.killed) console.error(`${command} ended by itself: ${signal ?? `exit code ${code}`}`);
  });
  const deadline = Date.now() + 20_000;
  for (;;) {
    try {
      await (await fetch(`http://127.0.0.1:${port}${path}`)).arrayBuffer();
      return { child, port, rates: [] };
    } catch {
      if (Date.now() > deadline || child.exitCode !== null) throw new Error(`${command} did not start`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

/** Ends a server, and waits until it is gone. */
export function stop({ child }) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  child.kill('SIGTERM');
  return new Promise((resolve) => child.once('exit', resolve));
}

/** Requests per second of one round of wrk. An answer that is an error ends the measurement. */
export function wrk(url, { script, connections, seconds }) {
  const args = ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, url];
  const output = execFileSync('wrk', args, { encoding: 'utf8' });
  const errors = /Non-2xx or 3xx responses: (\d+)/.exec(output)?.[1] ?? '0';
  if (errors !== '0') throw new Error(`${errors} responses of ${url} were errors`);
  return Number(/Requests\/sec:\s+([\d.]+)/.exec(output)?.[1]);
}

/** Each server's median, and the median of its per-round ratios to the first server, with the spread. */
export function report(title, servers, unit) {
  console.log(`\n${title}`);
  const [[firstName, first]] = servers;
  for (const [name, { rates }] of servers) {
    const ratios = rates.map((rate, round) => rate / first.rates[round]);
    const spread = `${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)}`;
    const figures = `${median(rates).toFixed(0).padStart(8)} ${unit}   ${median(ratios).toFixed(2)}`;
    console.log(`  ${name.padEnd(20)}${figures} × ${firstName} (${spread})`);
  }
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
