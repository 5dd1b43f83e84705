// Which test files there are, and what they need besides Node packages.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './setup.mjs';
import { ensureVenv, findPythons, requirePython } from './setup-python.mjs';

/** Suites that come from elsewhere or load the machine have commands of their own. */
const elsewhere = ['conformance'];

/** Every `*.test.ts` below a folder of tests/, sorted, as paths from the root. */
export function testFiles(folder) {
  const entries = readdirSync(join(root, 'tests'), { recursive: true, encoding: 'utf8' });
  return entries
    .filter((name) => name.endsWith('.test.ts') && !elsewhere.some((other) => name.startsWith(`${other}/`)))
    .map((name) => `tests/${name}`)
    .filter((name) => folder === undefined || name.startsWith(`${folder}/`))
    .sort();
}

/** The arguments with which node runs TypeScript tests; files that test the same port or process never share one. */
export function testRunnerArguments(files, { concurrency, reporters }) {
  return [
    '--import',
    'tsx',
    '--test',
    `--test-concurrency=${concurrency}`,
    '--test-timeout=300000',
    ...reporters.flatMap(([name, where]) => [
      `--test-reporter=${name}`,
      `--test-reporter-destination=${where}`,
    ]),
    ...files,
  ];
}

/**
 * The virtual environments of the tests: `.venv` for most, and one for each Django that must work. One that this
 * machine has no Python for leaves a note with the reason, which its tests show when they are skipped.
 */
export async function ensureTestVenvs() {
  await ensureVenv(join(root, '.venv'), await requirePython(), {
    label: 'test applications in .venv',
    file: join(root, 'tests', 'requirements.txt'),
  });
  const pythons = await findPythons();
  const folder = join(root, '.build', 'venvs');
  mkdirSync(folder, { recursive: true });
  for (const { name, packages, minorMin, minorMax } of djangos) {
    const note = join(folder, `${name}.skipped`);
    const python = pythons.find(({ minor }) => minor >= minorMin && minor <= minorMax);
    if (python === undefined) {
      const reason = `${packages[0]} needs Python 3.${minorMin} to 3.${minorMax}, and none was found`;
      process.stdout.write(`  - ${name} skipped: ${reason}\n`);
      writeFileSync(note, reason);
      continue;
    }
    rmSync(note, { force: true });
    await ensureVenv(join(folder, name), python, {
      label: `${packages[0]} in .build/venvs/${name}`,
      packages,
    });
  }
}

/** The newest release with long-term support, and the newest release. */
const djangos = [
  { name: 'django-lts', packages: ['Django~=5.2.0'], minorMin: 10, minorMax: 14 },
  { name: 'django-newest', packages: ['Django>=6.0,<7'], minorMin: 12, minorMax: 15 },
];
