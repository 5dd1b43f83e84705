// Node packages and the compiled program: both are left alone when they are up to date.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { capture, must, root, SetupError, step } from './setup.mjs';

const quiet = ['--no-audit', '--no-fund', '--loglevel=error'];

/**
 * All of dist/ is in this one folder: what looks for a file beside itself, or for the package two folders up, finds the same from a chunk as
 * from src/.
 */
const BUNDLE_DIR = 'bundle';

/** The path of a program that a development package brings. */
export const nodeTool = (name) => join(root, 'node_modules', '.bin', name);

/** Installs what package-lock.json asks for, when anything of it is missing or of another version. */
export async function ensureNodePackages() {
  if (nodePackagesFit()) return;
  await step('Installing Node packages', async () => {
    const { code, output } = await capture('npm', ['ci', ...quiet]);
    if (code === 0) return;
    // A lock file made where the packages of other platforms could not be seen is refused by `npm ci`; the versions it
    // does name are right, and `npm install` keeps to them.
    if (!output.includes('EUSAGE'))
      throw new SetupError(`${output.trimEnd()}\n\nnpm ci failed (exit code ${code}).`);
    await must('npm install', 'npm', ['install', '--no-save', ...quiet]);
  });
}

/** Compiles src/ to dist/ unless dist/ was made from exactly these sources. */
export async function ensureBuild({ force = false } = {}) {
  const stamp = sourceStamp();
  const stampFile = join(root, 'dist', '.stamp');
  if (!force && existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp) return;
  await step('Compiling src/ to dist/', () => compile(stamp));
}

async function compile(stamp) {
  // Compiled beside dist/ and moved into its place, so that a running server never sees half a build.
  const fresh = join(root, `dist.${process.pid}`);
  try {
    await must('The TypeScript compiler', nodeTool('tsc'), ['-p', 'tsconfig.build.json']);
    await bundle(join(fresh, BUNDLE_DIR));
    writeFileSync(join(fresh, '.stamp'), stamp);
    rmSync(join(root, 'dist'), { recursive: true, force: true });
    renameSync(fresh, join(root, 'dist'));
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  const program = join(root, 'bin', 'licorne');
  if (existsSync(program)) chmodSync(program, 0o755);
}

/** Packages that few servers need, and that are loaded when they do. All others are small, and part of the bundle. */
const APART = ['@peculiar/x509', 'bcryptjs', 're2js', 'reflect-metadata', 'ws'];

/**
 * What is started, or loaded by its name, and everything else in as few files as there are moments of loading: hundreds of files cost twice the
 * time to start and megabytes in each process. Names stay as they are written, so that a stack says where it was.
 */
async function bundle(outdir) {
  const { build } = await import('esbuild');
  const source = (name) => join(root, 'src', name);
  const { metafile } = await build({
    entryPoints: {
      main: source('cli/main.ts'),
      'early-signals': source('cli/early-signals.ts'),
      gateway: source('gateway/main.ts'),
      'password-worker': source('middleware/access/password-worker.ts'),
    },
    absWorkingDir: root,
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    external: APART,
    chunkNames: '[name]-[hash]',
    metafile: true,
    logLevel: 'silent',
  }).catch((error) => {
    throw new SetupError(`The bundler says:\n\n${error.message}`);
  });
  writeFileSync(join(outdir, 'LICENSES'), licensesOf(Object.keys(metafile.inputs)));
}

/** Whoever passes a bundle on passes on what is in it: the words that its authors want to go along. */
function licensesOf(inputs) {
  const found = inputs.map((path) => /.*node_modules\/(@[^/]+\/[^/]+|[^/]+)/.exec(path)?.[0]);
  const folders = [...new Set(found.filter((folder) => folder !== undefined))];
  return folders.map((folder) => licenseOf(join(root, folder))).join('\n');
}

function licenseOf(folder) {
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = readdirSync(folder).find((one) => /^licen[cs]e/i.test(one));
  if (file === undefined) throw new SetupError(`${name} has no license to go along.`);
  return `${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8')}`;
}

/** A digest of every source file's name, size and time of change: a removed file changes it too. */
function sourceStamp() {
  const hash = createHash('sha256');
  const files = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  for (const recipe of ['tsconfig.json', 'tsconfig.build.json', 'package.json', 'scripts/setup-node.mjs'])
    files.push(join(root, recipe));
  for (const file of files.sort()) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${file}\n${size}\n${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

function nodePackagesFit() {
  const installed = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(installed)) return false;
  const have = JSON.parse(readFileSync(installed, 'utf8')).packages;
  const want = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  // Optional packages are those of other platforms; npm knows which of them belong here.
  return Object.entries(want).every(
    ([path, { version, optional }]) => path === '' || optional || have[path]?.version === version,
  );
}
