// Runs behaviours over one interface: those of one app with the same options on one server, over TCP and a Unix socket.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { temporaryFolder } from '../helpers/examples.ts';
import { apps } from '../helpers/paths.ts';
import { startLicorne } from '../helpers/server.ts';
import { venvPython } from '../helpers/venv.ts';
import type { Behaviour, Interface, Subject } from './subject.ts';

export interface Way {
  interface: Interface;
  /** What is served, in the folder of the app. */
  target: string;
  /** The folder of tests/apps with the apps, and what else goes on sys.path. */
  folder: string;
  pythonpath: string;
  env?: Record<string, string>;
}

let marks = 0;

/** Runs each behaviour of a group as a test of its own. */
export async function runGroup(t: TestContext, group: readonly Behaviour[], way: Way): Promise<void> {
  const [{ app, args = [] } = { app: '' }] = group;
  const path = join(temporaryFolder(t), 'http.sock');
  const server = await startLicorne(
    t,
    [
      ...[way.target, '-b', '127.0.0.1:0', '-b', `unix:${path}`, '--pythonpath', way.pythonpath],
      ...['--chdir', join(apps, way.folder, app), '--python', venvPython(), ...args],
    ],
    { env: way.env ?? {} },
  );
  await server.waitForLog(/Listening on unix:/);
  for (const { sentence, only, assertion } of group) {
    for (const transport of ['tcp', 'unix'] as const) {
      if (only !== undefined && only !== transport) continue;
      marks += 1;
      const place = transport === 'tcp' ? { port: server.port } : { path };
      const mark = `mark${marks}`;
      const subject: Subject = { server, interface: way.interface, place, transport, mark };
      await t.test(`${sentence} (${transport})`, () => assertion(subject));
    }
  }
  assert.doesNotMatch(server.output.stderr, /AssertionError|Iterator garbage collected|internal error/);
}

/** The behaviours that mean something for an interface, by app and options. */
export function groupsFor(name: Interface, all: readonly Behaviour[]): Map<string, Behaviour[]> {
  const groups = new Map<string, Behaviour[]>();
  for (const behaviour of all) {
    if (behaviour.without?.[name] !== undefined) continue;
    const title = [behaviour.app, ...(behaviour.args ?? [])].join(' ');
    const group = groups.get(title);
    if (group) group.push(behaviour);
    else groups.set(title, [behaviour]);
  }
  return groups;
}
