// The framework-free applications under tests/apps/plain, one folder per behaviour.
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { apps } from './paths.ts';
import { launchLicorne, type Server, startLicorne, type StartOptions } from './server.ts';
import { venvPython } from './venv.ts';

/** Serves `tests/apps/plain/NAME`, on a port the system chooses. */
export function servePlain(
  t: TestContext,
  name: string,
  args: readonly string[] = [],
  options: StartOptions = {},
): Promise<Server> {
  return startLicorne(t, plainArguments(name, args), options);
}

/** Starts it without waiting until it listens. */
export function launchPlain(
  t: TestContext,
  name: string,
  args: readonly string[] = [],
  options: StartOptions = {},
): Server {
  return launchLicorne(t, plainArguments(name, args), options);
}

function plainArguments(name: string, args: readonly string[]): string[] {
  const bind = args.includes('-b') ? [] : ['-b', '127.0.0.1:0'];
  return [
    'app:application',
    ...bind,
    '--chdir',
    join(apps, 'plain', name),
    '--python',
    venvPython('main'),
    ...args,
  ];
}
