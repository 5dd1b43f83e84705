// testssl, which judges versions, ciphers, certificates and known attacks on TLS.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { capture, must, root, step } from '../../scripts/setup.mjs';
import { withServer } from './server.mjs';

/** About who signs certificates, about names in DNS, and about what an app says in headers: nothing that a server decides. */
const NOT_OURS =
  /^(?:cert_revocation|DNS_CAArecord|cert_chain_of_trust|cert_trust|security_headers|overall_grade|final_score|grade_cap)/;
const GOOD = new Set(['OK', 'INFO', 'DEBUG']);

/**
 * Resolves to `{ rows, failures }`, or with `skipped`, the reason, when this machine has no testssl or openssl. It takes some minutes.
 */
export async function runTestssl(python) {
  for (const program of ['testssl', 'openssl'])
    if (
      (await capture(program, [program === 'testssl' ? '--version' : 'version']).catch(() => null)) === null
    )
      return { rows: [], failures: [], skipped: `testssl: needs ${program}, and found none` };
  const folder = mkdtempSync(join(tmpdir(), 'licorne-testssl-'));
  try {
    const files = [];
    for (const [kind, ...options] of [
      ['ec', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'],
      ['rsa', '-newkey', 'rsa:2048'],
    ]) {
      const [certificate, key] = [join(folder, `${kind}.pem`), join(folder, `${kind}.key`)];
      const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
      const made = ['req', '-x509', ...options, '-nodes', '-keyout', key, '-out', certificate, '-days', '90'];
      await must('openssl req', 'openssl', [...made, ...names]);
      files.push('--certificate', certificate, '--certificate-key', key);
    }
    const app = join(root, 'tests', 'apps', 'plain', 'hello');
    const args = [...files, '--hsts', '365d', '--chdir', app, '--python', python, '--no-access-log'];
    const result = await step('testssl (some minutes)', () =>
      withServer('app:application', args, {}, (port) => judge(folder, port)),
    );
    return { rows: [{ name: 'testssl: findings below LOW', ...result.score }], failures: result.failures };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function judge(folder, port) {
  const report = join(folder, 'report.json');
  const quiet = ['--quiet', '--color', '0', '--warnings', 'off', '--ip', '127.0.0.1'];
  const { output } = await capture('testssl', [...quiet, '--jsonfile', report, `localhost:${port}`]);
  let findings;
  try {
    findings = JSON.parse(readFileSync(report, 'utf8'));
  } catch {
    throw new Error(`testssl did not come to its end:\n${output.slice(-2000)}`);
  }
  // WARN: it could not find out, which happens on a machine that is busy.
  const judged = findings.filter(({ id, severity }) => !NOT_OURS.test(id) && severity !== 'WARN');
  const bad = judged.filter(({ severity }) => !GOOD.has(severity));
  const failures = bad.map(({ id, severity, finding }) => `testssl: ${severity} ${id}: ${finding}`);
  return { score: { passed: judged.length - bad.length, total: judged.length }, failures };
}
