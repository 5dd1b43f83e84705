// h2spec, which judges HTTP/2 (RFC 9113) and its header compression (RFC 7541) frame by frame.
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { capture, must, root, step } from '../../scripts/setup.mjs';
import { certify } from './certify.mjs';
import { withServer } from './server.mjs';

const folder = join(root, '.build', 'conformance', 'bin');
const module = 'github.com/summerwind/h2spec/cmd/h2spec@latest';
/** Of one case, seconds. */
const patience = '2';

/**
 * Resolves to `{ rows, failures }`, or with `skipped`, the reason, when this machine has neither the program nor a Go to build it with.
 */
export async function runH2spec(python) {
  const program = await findProgram();
  if (program === undefined)
    return { rows: [], failures: [], skipped: 'h2spec: needs h2spec, or go to build it, and found neither' };
  const rows = [];
  const failures = [];
  for (const { name, options, judged } of [
    { name: 'h2spec over plain TCP', options: () => ['--http2-cleartext'], judged: [] },
    { name: 'h2spec over TLS', options: certify, judged: ['-t', '-k'] },
  ]) {
    const folderOfKey = mkdtempSync(join(tmpdir(), 'licorne-h2spec-'));
    try {
      const app = join(root, 'tests', 'apps', 'plain', 'hello');
      const args = ['--chdir', app, '--python', python, '--no-access-log', ...(await options(folderOfKey))];
      const result = await step(name, () =>
        withServer('app:application', args, {}, (port) => judge(program, [...judged, '-p', String(port)])),
      );
      rows.push({ name, ...result.score });
      failures.push(...result.failures);
    } finally {
      rmSync(folderOfKey, { recursive: true, force: true });
    }
  }
  return { rows, failures };
}

async function judge(program, args) {
  const { output: stdout } = await capture(program, ['-h', '127.0.0.1', '-o', patience, ...args]);
  const total = /^(\d+) tests, (\d+) passed/m.exec(stdout);
  if (total === null) throw new Error(`h2spec did not come to its end:\n${stdout.slice(-2000)}`);
  const listed = stdout.slice(stdout.indexOf('Failures:'));
  const failures = [...listed.matchAll(/^\s+× (.*)$/gm)].map(([, name]) => `h2spec: ${name}`);
  return { score: { passed: Number(total[2]), total: Number(total[1]) }, failures };
}

async function findProgram() {
  for (const place of [...(process.env.PATH ?? '').split(delimiter), folder]) {
    if (existsSync(join(place, 'h2spec'))) return join(place, 'h2spec');
  }
  if ((await capture('go', ['version']).catch(() => ({ code: 1 }))).code !== 0) return undefined;
  mkdirSync(folder, { recursive: true });
  await step('Building h2spec', () =>
    must('go install', 'go', ['install', module], { env: { ...process.env, GOBIN: folder } }),
  );
  return join(folder, 'h2spec');
}
