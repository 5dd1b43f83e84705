// The Autobahn test suite's fuzzing client against the running server with an echo. It is written for Python 2.7 and for nothing else.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { capture, must, root, step } from '../../scripts/setup.mjs';
import { withServer } from './server.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const folder = join(root, '.build', 'conformance');
const requirement = 'autobahntestsuite==0.8.2';
const agent = 'licorne';

/** Framing, pings, reserved bits, opcodes, fragmentation, UTF-8, closing, large frames; then large messages. */
const groups = {
  basic: ['1.*', '2.*', '3.*', '4.*', '5.*', '6.*', '7.*', '10.*'],
  'large messages': ['9.*'],
};
/** permessage-deflate: 216 conversations of 1,000 messages, which the suite takes twenty minutes for. */
const longGroups = { compression: ['12.*', '13.*'] };

/** Packages beside each other in one folder need its .pth files read. */
const program =
  'import site, sys; site.addsitedir(sys.argv.pop(1)); from autobahntestsuite.wstest import run; run()';

/**
 * Resolves to rows of `{ name, passed, total }` and failures; or to `{ skipped }`, the reason, when this machine has no Python 2.7.
 * OK is what the suite calls so; NON-STRICT is right as well, but not the best that it can think of.
 */
export async function runAutobahn(python, { compression }) {
  const old = await findPython27();
  if (old === undefined)
    return { rows: [], failures: [], skipped: 'Autobahn: needs a Python 2.7, and none was found' };
  const packages = await ensureSuite(old);
  const rows = [];
  const failures = [];
  for (const [name, cases] of Object.entries(compression ? longGroups : groups)) {
    const results = await step(`Autobahn's cases ${cases.join(' ')}`, () =>
      runCases(python, old, packages, name, cases),
    );
    const count = (key, ...good) => results.filter((result) => good.includes(result[key])).length;
    const total = results.length;
    rows.push(
      {
        name: `Autobahn ${name}: not failed`,
        passed: count('behavior', 'OK', 'NON-STRICT', 'INFORMATIONAL'),
        total,
      },
      { name: `Autobahn ${name}: OK`, passed: count('behavior', 'OK'), total },
      {
        name: `Autobahn ${name}: closed cleanly`,
        passed: count('behaviorClose', 'OK', 'INFORMATIONAL'),
        total,
      },
    );
    for (const { id, behavior, behaviorClose } of results) {
      if (behavior !== 'OK' || behaviorClose !== 'OK')
        failures.push(`Autobahn ${id}: ${behavior}, close ${behaviorClose}`);
    }
  }
  return { rows, failures };
}

async function runCases(python, old, packages, name, cases) {
  const outdir = join(folder, 'autobahn', name);
  rmSync(outdir, { recursive: true, force: true });
  mkdirSync(outdir, { recursive: true });
  const args = ['--pythonpath', here, '--python', python, '--interface', 'asgi', '--log-level', 'warning'];
  await withServer('autobahn_echo:application', args, {}, async (port) => {
    const spec = join(outdir, 'spec.json');
    const servers = [{ agent, url: `ws://127.0.0.1:${port}` }];
    writeFileSync(
      spec,
      JSON.stringify({ outdir, servers, cases, 'exclude-cases': [], 'exclude-agent-cases': {} }),
    );
    await must('The Autobahn test suite', old, ['-c', program, packages, '-m', 'fuzzingclient', '-s', spec]);
  });
  const report = JSON.parse(readFileSync(join(outdir, 'index.json'), 'utf8'))[agent];
  return Object.entries(report).map(([id, result]) => ({ id, ...result }));
}

/** The suite with what it needs, in a folder of its own: Python 2.7 has no virtual environments. */
async function ensureSuite(old) {
  const packages = join(folder, requirement.replace('==', '-'));
  if (existsSync(join(packages, 'autobahntestsuite'))) return packages;
  await step(`Fetching ${requirement}`, async () => {
    const fresh = `${packages}.new`;
    rmSync(fresh, { recursive: true, force: true });
    const install = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check'];
    await must('pip install', old, [...install, '--target', fresh, requirement]);
    await must('mv', 'mv', [fresh, packages]);
  });
  return packages;
}

/** A Python 2.7 with pip, on PATH or among pyenv's versions. */
async function findPython27() {
  const versions = join(process.env.PYENV_ROOT || join(homedir(), '.pyenv'), 'versions');
  const installed = existsSync(versions) ? readdirSync(versions).filter((name) => /^2\.7/.test(name)) : [];
  for (const candidate of ['python2.7', ...installed.map((name) => join(versions, name, 'bin', 'python'))]) {
    const { code } = await capture(candidate, ['-m', 'pip', '--version']).catch(() => ({ code: 1 }));
    if (code === 0) return candidate;
  }
  return undefined;
}
