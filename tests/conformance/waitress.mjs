// waitress's functional tests over TCP against the running server.
import { join } from 'node:path';
import { capture, root, SetupError } from '../../scripts/setup.mjs';
import { command } from './server.mjs';

/** Resolves to `{ passed, total, failures }`. */
export async function runWaitress(python, source) {
  const script = join(root, 'tests', 'conformance', 'waitress_cases.py');
  const { code, output } = await capture(python, [script, source, ...command]);
  if (code !== 0) throw new SetupError(`The waitress tests could not be run (exit code ${code}).\n${output}`);
  const outcomes = Object.entries(JSON.parse(output.trim().split('\n').at(-1)));
  const failures = outcomes
    .filter(([, outcome]) => outcome !== 'ok')
    .map(([name, outcome]) => `${name}: ${outcome}`);
  return { passed: outcomes.length - failures.length, total: outcomes.length, failures };
}
