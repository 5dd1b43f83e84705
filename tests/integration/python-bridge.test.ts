// The Python side of the wire on every CPython of this machine: its unit tests, and thousands of random values across both languages.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Random } from '../fuzz/random.ts';
import { hexOf, marshalValue, type PythonValue } from '../unit/wire/golden.ts';

const PYTHON_TESTS = fileURLToPath(new URL('../python', import.meta.url));
const VERSION_CHECK =
  'import sys; print(*sys.version_info[:3], sys.implementation.name, sys.executable, sep="|")';
const UNITTEST_MILLISECONDS_MAX = 280_000;
const VALUES = 4000;

interface Interpreter {
  path: string;
  version: string;
}

const interpreters = await discover();

test('a CPython of 3.9 or later is found', () => {
  assert.ok(interpreters.length > 0, 'no python3 of 3.9 or later on PATH or in ~/.pyenv/versions');
});

/** All tests on the oldest and the newest; on those between the vectors that both languages must meet. */
function testsFor(index: number): string[] {
  const outermost = index === 0 || index === interpreters.length - 1;
  return outermost ? ['discover', PYTHON_TESTS] : ['discover', '-p', 'test_golden*.py', PYTHON_TESTS];
}

for (const [index, { path, version }] of interpreters.entries()) {
  test(`the bridge passes its tests on CPython ${version}`, {
    timeout: UNITTEST_MILLISECONDS_MAX,
  }, async (t) => {
    const result = await run(t, path, [
      '-W',
      'error::DeprecationWarning',
      '-m',
      'unittest',
      ...testsFor(index),
    ]);
    assert.equal(result.code, 0, result.text);
    assert.match(result.text, /Ran [1-9]\d* tests/);
  });

  test(`random values cross to CPython ${version} unchanged`, { timeout: 60_000 }, async (t) => {
    const random = new Random(5);
    const lines = Array.from({ length: VALUES }, () => {
      const value = randomValue(random, 3);
      return `${JSON.stringify({ value, hex: hexOf(marshalValue(value)) })}\n`;
    });
    const result = await run(t, path, [join(PYTHON_TESTS, 'compare_values.py')], lines.join(''));
    assert.equal(result.code, 0, result.text);
    assert.equal(result.text.trim(), `${VALUES} equal`);
  });
}

/** One interpreter per minor version: what is first on PATH, then what pyenv has. */
async function discover(): Promise<Interpreter[]> {
  const names = ['python3', ...Array.from({ length: 7 }, (_, i) => `python3.${9 + i}`)];
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const candidates = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  const versions = join(process.env['PYENV_ROOT'] ?? join(homedir(), '.pyenv'), 'versions');
  candidates.push(...entries(versions).map((version) => join(versions, version, 'bin', 'python')));
  const found = new Map<string, Interpreter>();
  const tried = new Set<string>();
  for (const path of candidates.filter(isFile)) {
    // The shims of a version manager are one file with many names; each name may be another interpreter.
    const key = path.includes('shims') ? path : realpathSync(path);
    if (tried.has(key)) continue;
    tried.add(key);
    const result = await run(null, path, ['-ISc', VERSION_CHECK]);
    const [major, minor, patch, implementation, executable] = result.text.trim().split('|');
    if (result.code !== 0 || implementation !== 'cpython' || executable === undefined) continue;
    if (Number(major) !== 3 || Number(minor) < 9 || found.has(`${major}.${minor}`)) continue;
    found.set(`${major}.${minor}`, { path: executable, version: `${major}.${minor}.${patch}` });
  }
  return [...found.values()].toSorted((a, b) => a.version.localeCompare(b.version, 'en', { numeric: true }));
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

/** Runs a program to its end; both outputs as one text. */
function run(
  t: TestContext | null,
  path: string,
  args: string[],
  input = '',
): Promise<{ code: number | null; text: string }> {
  return new Promise((resolve) => {
    const child: ChildProcess = spawn(path, args, { stdio: 'pipe', cwd: PYTHON_TESTS });
    let text = '';
    const collect = (chunk: Buffer): void => {
      text += chunk.toString();
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    child.on('error', (error) => resolve({ code: null, text: String(error) }));
    child.on('close', (code) => resolve({ code, text }));
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
    t?.after(() => {
      if (child.exitCode === null) child.kill('SIGKILL');
    });
  });
}

function randomValue(random: Random, depth: number): PythonValue {
  const kind = random.below(depth === 0 ? 5 : 7);
  if (kind === 0) return null;
  if (kind === 1) return { int: random.below(2 ** 32) - 2 ** 31 };
  if (kind === 2) return { bytes: Buffer.from(randomText(random, 256), 'latin1').toString('hex') };
  if (kind < 5) return randomText(random, random.pick([128, 256, 0x800, 0x1_0000]));
  const items = Array.from({ length: random.below(5) }, () => randomValue(random, depth - 1));
  if (kind === 5) return { tuple: items };
  return { dict: items.map((item) => [randomText(random, 256), item] as [PythonValue, PythonValue]) };
}

/** Any code units below `limit`, lone surrogates and pairs of them included. */
function randomText(random: Random, limit: number): string {
  const length = random.below(random.chance(5) ? 600 : 20);
  let text = '';
  for (let i = 0; i < length; i++) {
    const surrogate = limit === 0x1_0000 && random.chance(30);
    text += String.fromCharCode(surrogate ? 0xd800 + random.below(0x800) : random.below(limit));
  }
  return text;
}
