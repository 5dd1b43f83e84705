// What build, demo, test and check have in common. Plain Node, no packages: these files run on a clean clone,
// before anything is installed.
import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the checkout, without a slash at its end. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** A failure a person can act on: shown as it stands, without a stack. */
export class SetupError extends Error {}

/** Runs `main`, and turns its failure into a readable message and exit code 1. */
export async function program(main) {
  try {
    requireNode();
    process.exitCode = (await main(process.argv.slice(2))) ?? 0;
  } catch (error) {
    process.stderr.write(`\n${error instanceof SetupError ? error.message : error.stack}\n`);
    process.exitCode = 1;
  }
}

/** Refuses a Node that is too old with the commands that get a newer one. */
export function requireNode(version = process.versions.node) {
  const [major, minor] = version.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  throw new SetupError(
    `Node ${version} is too old: Licorne needs Node 20.19 or later.\n` +
      'Get it from https://nodejs.org, or with a version manager:  nvm install 24   or   fnm install 24',
  );
}

/** Shows one line for a piece of work: what is being done, for how long, and that it is done. */
export async function step(label, work) {
  const started = Date.now();
  const seconds = () => `${((Date.now() - started) / 1000).toFixed(1)} s`;
  const live = process.stdout.isTTY;
  process.stdout.write(live ? `  … ${label}` : `  … ${label}\n`);
  const ticker = live
    ? setInterval(() => process.stdout.write(`\r  … ${label} (${seconds()})`), 1000)
    : undefined;
  try {
    const value = await work();
    process.stdout.write(`${live ? '\r\x1b[K' : ''}  ✓ ${label} (${seconds()})\n`);
    return value;
  } catch (error) {
    process.stdout.write(`${live ? '\r\x1b[K' : ''}  ✗ ${label} (${seconds()})\n`);
    throw error;
  } finally {
    clearInterval(ticker);
  }
}

/** Runs a command to its end. Resolves to `{ code, output }`; never rejects but for a command that cannot be started. */
export function capture(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], ...options });
    const chunks = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    child.stderr.on('data', (chunk) => chunks.push(chunk));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString() }));
  });
}

/** Runs a command that must succeed; a failure shows what it printed. */
export async function must(what, command, args, options = {}) {
  const { code, output } = await capture(command, args, options).catch((error) => {
    throw new SetupError(`${what}: cannot run ${command}: ${error.message}`);
  });
  if (code !== 0) throw new SetupError(`${output.trimEnd()}\n\n${what} failed (exit code ${code}).`);
  return output;
}

/** Signals that a wrapper hands on to the server it runs. */
const forwarded = ['SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH', 'SIGTTIN', 'SIGTTOU'];

/** Runs a command in the foreground, hands signals on to it, and resolves to its exit code. */
export function foreground(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: 'inherit', ...options });
    // Ctrl-C in a terminal reaches the whole process group, so the child has it already; sent by `kill`, it has not.
    process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'));
    for (const signal of forwarded) process.on(signal, () => child.kill(signal));
    const watch = whenAbandoned(() => child.kill('SIGTERM'));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearInterval(watch);
      resolve(code ?? (signal === 'SIGINT' ? 130 : 143));
    });
  });
}

/** `npm run` hands a signal to the shell between it and us, and a shell dies of it without a word: the server must end too. */
function whenAbandoned(act) {
  const parent = process.ppid;
  if (!process.env.npm_lifecycle_event || parent === 1) return undefined;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    act();
  }, 250);
  return watch;
}
