// Pythons of this machine, and virtual environments made from them. Nothing outside the project's folder is changed.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { capture, must, SetupError, step } from './setup.mjs';

/** The oldest CPython that Licorne supports. */
const minorMin = 9;
const minorMax = 20;

const probe = `
import sys, json
try:
    import venv, ensurepip
    ok = True
except ImportError:
    ok = False
print(json.dumps([sys.implementation.name, list(sys.version_info[:3]), sys.executable, sys.base_prefix, ok]))
`;

/**
 * The Python to use when any will do: `$PYTHON` if set, else python3, else the newest found.
 * Fails with the command that installs what is missing.
 */
export async function requirePython() {
  const chosen = process.env.PYTHON;
  if (chosen) return usable([await inspect(chosen)], `PYTHON=${chosen}`);
  const usual = await inspect('python3');
  if (usual?.venv && usual.minor >= minorMin) return usual;
  return usable([...(await findPythons({ withoutVenv: true })), usual], 'PATH');
}

/** Every CPython >= 3.9 on PATH and among pyenv's versions, newest first, each once: `{ path, version, minor, venv }`. */
export async function findPythons({ withoutVenv = false } = {}) {
  const names = ['python3', 'python'];
  for (let minor = minorMin; minor <= minorMax; minor++) names.push(`python3.${minor}`);
  const versions = join(process.env.PYENV_ROOT || join(homedir(), '.pyenv'), 'versions');
  if (existsSync(versions)) {
    for (const name of readdirSync(versions)) names.push(join(versions, name, 'bin', 'python'));
  }
  const found = await Promise.all(names.map(inspect));
  const unique = new Map();
  for (const python of found) {
    if (python === undefined || python.minor < minorMin || (!python.venv && !withoutVenv)) continue;
    if (!unique.has(python.prefix)) unique.set(python.prefix, python);
  }
  return [...unique.values()].sort((a, b) => b.minor - a.minor);
}

/** The Python inside a virtual environment. */
export const venvPython = (folder) => join(folder, 'bin', 'python');

/**
 * Makes a virtual environment with the packages of a requirements file (or a list of requirements), unless the one
 * that is there was made from the same ones by the same Python. Resolves to its Python.
 */
export async function ensureVenv(folder, python, { label, file, packages = [] }) {
  const wanted = [python.version, file ? readFileSync(file, 'utf8') : '', ...packages].join('\n');
  const stamp = createHash('sha256').update(`${folder}\n${wanted}`).digest('hex');
  const stampFile = join(folder, '.stamp');
  const inside = venvPython(folder);
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === stamp && existsSync(inside)) return inside;
  await step(`Python ${python.version}: ${label}`, async () => {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(dirname(folder), { recursive: true });
    await must('Making a virtual environment', python.path, ['-m', 'venv', folder]);
    const arguments_ = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check'];
    await must('pip install', inside, [...arguments_, ...packages, ...(file ? ['-r', file] : [])], {
      env: { ...process.env, PYTHONHOME: undefined, VIRTUAL_ENV: undefined },
    });
    writeFileSync(stampFile, stamp);
  });
  return inside;
}

/** What to type on this machine to get Python, or its venv module. */
export function installHint(wantsVenvOnly, release = osRelease(), platform = process.platform) {
  if (platform === 'darwin') return 'brew install python';
  if (/debian|ubuntu/.test(release)) {
    return wantsVenvOnly ? 'sudo apt install python3-venv' : 'sudo apt install python3 python3-venv';
  }
  if (/fedora|rhel|centos/.test(release)) return 'sudo dnf install python3';
  if (/suse/.test(release)) return 'sudo zypper install python3';
  if (/arch/.test(release)) return 'sudo pacman -S python';
  if (/alpine/.test(release)) return 'apk add python3';
  return 'see https://www.python.org/downloads/';
}

async function inspect(command) {
  const { code, output } = await capture(command, ['-c', probe]).catch(() => ({ code: 1, output: '' }));
  if (code !== 0) return undefined;
  try {
    const [implementation, version, path, prefix, venv] = JSON.parse(output.trim().split('\n').at(-1) ?? '');
    if (implementation !== 'cpython' || version[0] !== 3) return undefined;
    return { path, prefix, version: version.join('.'), minor: version[1], venv };
  } catch {
    return undefined;
  }
}

function usable(candidates, where) {
  const known = candidates.filter((python) => python !== undefined);
  const good = known.find((python) => python.venv && python.minor >= minorMin);
  if (good) return good;
  const bare = known.find((python) => python.minor >= minorMin);
  if (bare) {
    throw new SetupError(
      `Python ${bare.version} (${bare.path}) has no venv module. Install it:\n\n    ${installHint(true)}\n`,
    );
  }
  const old = known[0] ? ` (found only ${known.map((python) => python.version).join(', ')})` : '';
  throw new SetupError(
    `No Python 3.${minorMin} or later found on ${where}${old}. Install it:\n\n    ${installHint(false)}\n`,
  );
}

function osRelease() {
  try {
    const text = readFileSync('/etc/os-release', 'utf8');
    return [...text.matchAll(/^(?:ID|ID_LIKE)=(.*)$/gm)].map((match) => match[1]).join(' ');
  } catch {
    return '';
  }
}
