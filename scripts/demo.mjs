// npm run demo [-- --port N]: everything needed for a first look, then the Django example until Ctrl-C.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { foreground, must, program, root, SetupError, step } from './setup.mjs';
import { ensureBuild, ensureNodePackages } from './setup-node.mjs';
import { ensureVenv, requirePython } from './setup-python.mjs';

const example = join(root, 'examples', 'django');

await program(async (args) => {
  const port = portOf(args);
  process.stdout.write('Licorne demo: a recipe box made with Django.\n');
  const python = await requirePython();
  await ensureNodePackages();
  await ensureBuild();
  const inside = await ensureVenv(join(example, '.venv'), python, {
    label: 'Django in examples/django/.venv',
    file: join(example, 'requirements.txt'),
  });
  await prepareDatabase(inside);
  process.stdout.write(
    '\n  Log in as  admin  with password  unicorn  (the admin is at /admin/). Stop with Ctrl-C.\n' +
      `  The same by hand:  cd examples/django && ../../bin/licorne cookbook.wsgi -b 127.0.0.1:${port} -w 2 --threads 4\n\n`,
  );
  const environment = { ...process.env };
  delete environment.VIRTUAL_ENV; // the example brings its own
  return foreground(
    process.execPath,
    [
      join(root, 'bin', 'licorne'),
      'cookbook.wsgi',
      '-b',
      `127.0.0.1:${port}`,
      '-w',
      '2',
      '--threads',
      '4',
      '--python',
      inside,
    ],
    { cwd: example, env: environment },
  );
});

/** Migrates and fills the example's database, unless its migrations and demo data are the ones last applied. */
async function prepareDatabase(python) {
  const stampFile = join(example, '.venv', '.database-stamp');
  const stamp = databaseStamp();
  if (
    existsSync(join(example, 'db.sqlite3')) &&
    existsSync(stampFile) &&
    readFileSync(stampFile, 'utf8') === stamp
  )
    return;
  const manage = (...args) => must('manage.py', python, ['manage.py', ...args], { cwd: example });
  await step('Making the example’s database', async () => {
    await manage('migrate', '--verbosity', '0');
    await manage('seed');
  });
  writeFileSync(stampFile, stamp);
}

function databaseStamp() {
  const hash = createHash('sha256');
  for (const folder of ['recipes/migrations', 'recipes/management/commands']) {
    for (const name of readdirSync(join(example, folder)).sort()) {
      if (name.endsWith('.py')) hash.update(readFileSync(join(example, folder, name)));
    }
  }
  return hash.digest('hex');
}

function portOf(args) {
  const usage =
    'Usage: npm run demo [-- --port N]      N: 0 to 65535; 0 lets the system choose a free one; default 8000';
  const [flag, value, ...rest] = args.flatMap((arg) =>
    arg.startsWith('--port=') ? ['--port', arg.slice(7)] : [arg],
  );
  if (flag === undefined) return 8000;
  if (flag !== '--port' || rest.length > 0 || !/^\d{1,5}$/.test(value ?? '') || Number(value) > 65535) {
    throw new SetupError(usage);
  }
  return Number(value);
}
