// npm run conformance [-- --update] [-- --only gunicorn|waitress|lint|h2spec|testssl|slowhttptest|autobahn|compression] [-- --verbose]: independent suites against the
// running server. They are fetched from the package index into .build/conformance when run and never copied into the
// repository. The scores are kept in tests/conformance/scores.json; less than there is a failure, --update writes them.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runAutobahn } from '../tests/conformance/autobahn.mjs';
import { runGunicorn } from '../tests/conformance/gunicorn.mjs';
import { runH2spec } from '../tests/conformance/h2spec.mjs';
import { runLint } from '../tests/conformance/lint.mjs';
import { runSlowhttptest } from '../tests/conformance/slowhttptest.mjs';
import { runTestssl } from '../tests/conformance/testssl.mjs';
import { runWaitress } from '../tests/conformance/waitress.mjs';
import { must, program, root, SetupError, step } from './setup.mjs';
import { ensureBuild, ensureNodePackages } from './setup-node.mjs';
import { ensureVenv, requirePython } from './setup-python.mjs';

const folder = join(root, '.build', 'conformance');
const scoresFile = join(root, 'tests', 'conformance', 'scores.json');
const suites = { gunicorn: 'gunicorn==23.0.0', waitress: 'waitress==3.0.2' };

await program(async (args) => {
  const only = args.includes('--only') ? args[args.indexOf('--only') + 1] : undefined;
  await ensureNodePackages();
  await ensureBuild({});
  const python = await ensureVenv(join(root, '.venv'), await requirePython(), {
    label: 'test applications in .venv',
    file: join(root, 'tests', 'requirements.txt'),
  });
  const rows = [];
  const notes = [];
  const add = (name, { passed, total }) => rows.push({ name, passed, total });
  if (only === undefined || only === 'gunicorn') {
    const source = await fetchSource('gunicorn', python);
    const result = await step("gunicorn's parser cases", () => runGunicorn(python, source));
    add('gunicorn: invalid requests refused', result.invalid);
    add('gunicorn: valid requests served', result.valid);
    add('gunicorn: valid there, refused here on purpose', result.strict);
    notes.push(
      ...result.failures,
      ...(args.includes('--verbose') ? result.skipped.map((text) => `not counted: ${text}`) : []),
    );
  }
  if (only === undefined || only === 'waitress') {
    const source = await fetchSource('waitress', python);
    const result = await step("waitress's functional tests", () => runWaitress(python, source));
    add('waitress: functional tests over TCP', result);
    notes.push(...result.failures);
  }
  if (only === undefined || only === 'lint') {
    const result = await step('every application behind wsgiref.validate and webtest.lint', () =>
      runLint(python),
    );
    add('PEP 3333: applications without a fault', result);
    notes.push(...result.failures);
  }
  if (only === undefined || only === 'h2spec') {
    const result = await runH2spec(python);
    for (const row of result.rows) add(row.name, row);
    notes.push(...result.failures, ...(result.skipped ? [result.skipped] : []));
  }
  // It takes minutes, too.
  if (only === 'testssl') {
    const result = await runTestssl(python);
    for (const row of result.rows) add(row.name, row);
    notes.push(...result.failures, ...(result.skipped ? [result.skipped] : []));
  }
  if (only === 'slowhttptest') {
    const result = await runSlowhttptest(python);
    for (const row of result.rows) add(row.name, row);
    notes.push(...(result.figures ?? []), ...result.failures, ...(result.skipped ? [result.skipped] : []));
  }
  // The compression cases take long and run only when asked for.
  if (only === undefined || only === 'autobahn' || only === 'compression') {
    const result = await runAutobahn(python, { compression: only === 'compression' });
    for (const row of result.rows) add(row.name, row);
    notes.push(...result.failures, ...(result.skipped ? [result.skipped] : []));
  }
  return report(rows, notes, args.includes('--update'));
});

/** Prints the table and holds it against the scores kept. Returns the exit code. */
function report(rows, notes, update) {
  const kept = existsSync(scoresFile) ? JSON.parse(readFileSync(scoresFile, 'utf8')) : {};
  const width = Math.max(0, ...rows.map(({ name }) => name.length));
  let worse = false;
  process.stdout.write(`\n${notes.map((note) => `  - ${note}\n`).join('')}\n`);
  for (const { name, passed, total } of rows) {
    const before = kept[name];
    const lower = before !== undefined && (passed < before.passed || total < before.total);
    worse ||= lower;
    const share = `${((100 * passed) / total).toFixed(1)} %`;
    const verdict = lower
      ? `WORSE than ${before.passed} of ${before.total}`
      : before === undefined
        ? 'new'
        : passed > before.passed
          ? `better than ${before.passed}`
          : '';
    process.stdout.write(
      `  ${name.padEnd(width)}  ${`${passed} of ${total}`.padStart(10)}  ${share.padStart(7)}  ${verdict}\n`,
    );
    if (update) kept[name] = { passed, total };
  }
  if (update) writeFileSync(scoresFile, `${JSON.stringify(kept, null, 2)}\n`);
  if (!worse || update) return 0;
  process.stdout.write('\nA score is lower than the one kept in tests/conformance/scores.json.\n');
  return 1;
}

/** The unpacked source archive of a suite; fetched from the package index once. */
async function fetchSource(name, python) {
  const requirement = suites[name];
  const version = requirement.split('==')[1];
  const source = join(folder, `${name}-${version}`);
  if (existsSync(join(source, 'PKG-INFO'))) return source;
  mkdirSync(folder, { recursive: true });
  await step(`Fetching ${requirement}`, async () => {
    const download = [
      'download',
      '--quiet',
      '--no-deps',
      '--no-binary',
      ':all:',
      '--disable-pip-version-check',
    ];
    await must('pip download', python, ['-m', 'pip', ...download, '-d', folder, requirement]);
    const archive = readdirSync(folder).find((file) => file === `${name}-${version}.tar.gz`);
    if (archive === undefined)
      throw new SetupError(`The package index gave no source archive of ${requirement}.`);
    await must('tar', 'tar', ['-xzf', join(folder, archive), '-C', folder]);
  });
  return source;
}
