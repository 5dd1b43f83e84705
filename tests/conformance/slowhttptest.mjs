// slowhttptest, which opens as many connections as it is told and uses each as slowly as it can.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as plainRequest } from 'node:http';
import { request as secureRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { capture, root, step } from '../../scripts/setup.mjs';
import { certify } from './certify.mjs';
import { withServer } from './server.mjs';

/** Of one attack. */
const seconds = 30;
const connections = 1000;
/** As it does by itself: with more of them those who get large files slowly are the load of as many who get them fast. */
const connectionsPerSecond = 50;
/** Somebody else asks this often, on a connection of its own each time, and is to be answered within that time. */
const askEveryMs = 100;
const answerMs = 1000;

const largeBytes = 1_000_000;
const SLOW_READER = ['-X', '-w', '512', '-y', '1024', '-n', '5', '-z', '32'];
/** The four modes with the numbers of its manual; reading slowly is tried on both who may answer. */
const ATTACKS = [
  ['slow heads', '/', ['-H', '-i', '10', '-x', '24']],
  ['slow bodies', '/', ['-B', '-i', '5', '-s', '8192', '-x', '10', '-t', 'POST']],
  ['ranges', '/files/large', ['-R', '-t', 'HEAD', '-a', '10', '-b', '3000']],
  ['slow reading of a file', '/files/large', SLOW_READER],
  ['slow reading of the app', `/?bytes=${largeBytes}&length`, SLOW_READER],
];

/**
 * Resolves to `{ rows, failures, figures }`, or with `skipped`, the reason, when this machine has no slowhttptest or openssl. It takes five minutes.
 */
export async function runSlowhttptest(python) {
  for (const [program, argument] of [
    ['slowhttptest', '-h'],
    ['openssl', 'version'],
  ])
    if ((await capture(program, [argument]).catch(() => null)) === null)
      return { rows: [], failures: [], skipped: `slowhttptest: needs ${program}, and found none` };
  const folder = mkdtempSync(join(tmpdir(), 'licorne-slow-'));
  try {
    // Two threads: whoever could hold a thread would hold them all.
    const shared = ['--python', python, '--no-access-log', '--workers', '1', '--threads', '2'];
    const args = [...settings(folder), ...shared];
    const secure = [...args, ...(await certify(folder))];
    const results = [
      ...(await withServer('app:application', args, {}, (port) => underAttacks('http', port))),
      ...(await withServer('app:application', secure, {}, (port) => underAttacks('https', port))),
    ];
    const failures = results.flatMap(({ failure }) => failure);
    const passed = results.length - failures.length;
    const rows = [{ name: 'slowhttptest: others are served', passed, total: results.length }];
    return { rows, failures, figures: results.map(({ figures }) => figures) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** An app that makes as many bytes as it is asked for, and a file. */
function settings(folder) {
  const file = join(folder, 'licorne.toml');
  const files = join(folder, 'files');
  mkdirSync(files, { recursive: true });
  writeFileSync(join(files, 'large'), Buffer.alloc(largeBytes, 'licorne '));
  const location = `[[site.location]]\npath = "/files/"\nstatic = ${JSON.stringify(files)}\n`;
  writeFileSync(file, `[[site]]\n${location}`);
  return ['-c', file, '--chdir', join(root, 'tests', 'apps', 'plain', 'download')];
}

/**
 * @param {string} scheme
 * @param {number} port
 */
async function underAttacks(scheme, port) {
  const results = [];
  for (const [name, path, options] of ATTACKS) {
    const what = [name, 'over', scheme].join(' ');
    const run = () => underAttack(what, `${scheme}://127.0.0.1:${port}`, path, options);
    results.push(await step(`slowhttptest: ${what} (${seconds} s)`, run));
  }
  return results;
}

/** The attack, and what somebody else has of the server meanwhile. */
async function underAttack(what, origin, path, options) {
  const size = ['-c', String(connections), '-r', String(connectionsPerSecond), '-l', String(seconds)];
  const others = askAgainAndAgain(`${origin}/?bytes=6&length`);
  const { output } = await capture('slowhttptest', [...options, ...size, '-u', `${origin}${path}`]);
  const { asked, failed, slowestMs } = await others.stop();
  // biome-ignore lint/suspicious/noControlCharactersInRegex: it writes in colours
  const plain = output.replace(/\x1b\[[\d;]*m/g, '');
  if (!/Exit status:/.test(plain))
    throw new Error(`slowhttptest did not come to its end:\n${plain.slice(-2000)}`);
  const open = Math.max(0, ...[...plain.matchAll(/^connected:\s+(\d+)/gm)].map(([, count]) => Number(count)));
  const figures = `${what}: up to ${open} connections; ${asked} others asked, the slowest answer took ${slowestMs} ms`;
  const failure = failed.length === 0 ? [] : [`${what}: ${failed.length} of ${asked} others: ${failed[0]}`];
  return { figures, failure };
}

/** Asks until told to stop; resolves then to what came of it, when everybody has an answer or has waited too long. */
function askAgainAndAgain(url) {
  const failed = [];
  const waiting = new Set();
  let [asked, slowestMs] = [0, 0];
  const timer = setInterval(() => {
    asked += 1;
    const begun = performance.now();
    const answer = ask(url).then(
      (status) => {
        const ms = Math.round(performance.now() - begun);
        slowestMs = Math.max(slowestMs, ms);
        if (status !== 200) failed.push(`got ${status}`);
        else if (ms > answerMs) failed.push(`was answered after ${ms} ms`);
      },
      (error) => failed.push(error.message),
    );
    waiting.add(answer);
    void answer.then(() => waiting.delete(answer));
  }, askEveryMs);
  return {
    stop: async () => {
      clearInterval(timer);
      await Promise.all(waiting);
      return { asked, failed, slowestMs };
    },
  };
}

/** Resolves to the status when the answer is complete. */
function ask(url) {
  return new Promise((resolve, reject) => {
    const request = url.startsWith('https:') ? secureRequest : plainRequest;
    const sent = request(
      url,
      { agent: false, rejectUnauthorized: false, timeout: 10 * answerMs },
      (answer) => {
        answer.resume();
        answer.on('error', reject);
        answer.on('end', () => resolve(answer.statusCode));
      },
    );
    sent.on('timeout', () => sent.destroy(new Error(`was not answered within ${(10 * answerMs) / 1000} s`)));
    sent.on('error', reject);
    sent.end();
  });
}
