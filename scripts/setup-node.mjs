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
import { must, root, step } from './setup.mjs';

/** The path of a program that a development package brings. */
export const nodeTool = (name) => join(root, 'node_modules', '.bin', name);

/** Installs what package-lock.json asks for, when anything of it is missing or of another version. */
export async function ensureNodePackages() {
  if (nodePackagesFit()) return;
  await step('Installing Node packages (npm ci)', () =>
    must('npm ci', 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error']),
  );
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
    await must('The TypeScript compiler', nodeTool('tsc'), ['-p', 'tsconfig.build.json', '--outDir', fresh]);
    writeFileSync(join(fresh, '.stamp'), stamp);
    rmSync(join(root, 'dist'), { recursive: true, force: true });
    renameSync(fresh, join(root, 'dist'));
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
  const program = join(root, 'bin', 'licorne');
  if (existsSync(program)) chmodSync(program, 0o755);
}

/** A digest of every source file's name, size and time of change: a removed file changes it too. */
function sourceStamp() {
  const hash = createHash('sha256');
  const files = readdirSync(join(root, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  for (const config of ['tsconfig.json', 'tsconfig.build.json', 'package.json'])
    files.push(join(root, config));
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
