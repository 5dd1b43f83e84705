// npm run bench [-- WORK …] [-- --quick] [-- --layout one-core|all-cores], npm run bench:guard. Brings the other servers into .build/bench and measures; bench/README.md says what comes out.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { capture, foreground, program, root, SetupError, step } from './setup.mjs';
import { ensureBuild, ensureNodePackages } from './setup-node.mjs';
import { requirePython, venvPython } from './setup-python.mjs';

/** The application's framework, and the servers; the newest of each that this Python takes. */
const PACKAGES = [
  'Django>=4.2,<7',
  'gunicorn',
  'uvicorn[standard]',
  'granian',
  'pyuwsgi',
  'hypercorn',
  'daphne',
  'waitress',
  'whitenoise',
];

/** Programs from the distribution: what for, and how Debian calls the package. */
const PROGRAMS = {
  wrk: ['the load', 'wrk'],
  taskset: ['a processor for each', 'util-linux'],
  nginx: ['nginx alone, and in front of others', 'nginx-light'],
  strace: ['system calls of a request (bench:guard)', 'strace'],
};

await program(async ([guard, ...rest]) => {
  const isGuard = guard === 'guard';
  await ensureNodePackages();
  await ensureBuild();
  tellWhatIsMissing();
  await ensurePeers();
  const main = join(root, 'bench', isGuard ? 'guard.ts' : 'main.ts');
  const args = isGuard ? rest : [guard, ...rest].filter((arg) => arg !== undefined);
  return foreground(process.execPath, ['--import', 'tsx', main, ...args]);
});

function tellWhatIsMissing() {
  const missing = Object.entries(PROGRAMS).filter(([name]) => spawnSync(name, ['-V']).error);
  for (const [name, [purpose]] of missing)
    process.stdout.write(`  - ${name} is not there: ${purpose} is left out\n`);
  if (missing.length > 0) {
    process.stdout.write(
      `    Debian: sudo apt install ${missing.map(([, [, packageName]]) => packageName).join(' ')}\n`,
    );
  }
  if (missing.some(([name]) => name === 'wrk')) {
    throw new SetupError(
      'Nothing can be measured without wrk. Debian: sudo apt install wrk; others: https://github.com/wg/wrk',
    );
  }
}

/** All at once; when one of them does not install on this machine, each by itself, so that the others are there. */
async function ensurePeers() {
  const folder = join(root, '.build', 'bench');
  const python = venvPython(folder);
  if (!existsSync(python)) {
    const base = await requirePython();
    await step(`Python ${base.version}: environment in .build/bench`, () =>
      capture(base.path, ['-m', 'venv', folder]),
    );
  }
  const { output } = await capture(python, [
    '-m',
    'pip',
    'list',
    '--format=freeze',
    '--disable-pip-version-check',
  ]);
  const there = output.toLowerCase();
  const wanted = PACKAGES.filter((name) => !there.includes(`${/^[\w-]+/.exec(name)[0].toLowerCase()}==`));
  if (wanted.length === 0) return;
  await step(`Servers to compare with in .build/bench: ${wanted.join(', ')}`, async () => {
    if ((await pipInstall(python, wanted)).code === 0) return;
    for (const name of wanted) {
      const { code, output: complaint } = await pipInstall(python, [name]);
      if (code !== 0)
        process.stdout.write(
          `\n  - ${name} does not install and is left out: ${complaint.trim().split('\n').at(-1)}\n`,
        );
    }
  });
}

function pipInstall(python, packages) {
  return capture(python, [
    '-m',
    'pip',
    'install',
    '-q',
    '--no-input',
    '--disable-pip-version-check',
    ...packages,
  ]);
}
