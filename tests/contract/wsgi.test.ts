// PEP 3333 and the server's promises around it, over the real server: bare and under wsgiref.validate, over TCP and Unix sockets.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { temporaryFolder } from '../helpers/examples.ts';
import { apps } from '../helpers/paths.ts';
import { startLicorne } from '../helpers/server.ts';
import { venvPython } from '../helpers/venv.ts';
import { behaviours } from './behaviours.ts';
import type { Behaviour, Subject } from './subject.ts';

/** Apps that break PEP 3333 on purpose (tests/apps/plain/README.md), which the validator would tell them. */
const BREAKING =
  /^(?:bad_|content_length_|start_response_twice|no_start_|hop_by_hop|str_body|none_body|raise_|exit_now|sys_exit|input_whole|body_where)/;

for (const [title, group] of grouped(behaviours)) {
  test(title, (t) => run(t, group, false));
  const valid = group.filter(({ app, bare }) => bare !== true && !BREAKING.test(app));
  if (valid.length > 0) test(`${title}, under wsgiref.validate`, (t) => run(t, valid, true));
}

function grouped(all: readonly Behaviour[]): Map<string, Behaviour[]> {
  const groups = new Map<string, Behaviour[]>();
  for (const behaviour of all) {
    const title = [behaviour.app, ...(behaviour.args ?? [])].join(' ');
    const group = groups.get(title);
    if (group) group.push(behaviour);
    else groups.set(title, [behaviour]);
  }
  return groups;
}

let marks = 0;

async function run(t: TestContext, group: readonly Behaviour[], validated: boolean): Promise<void> {
  const [{ app, args = [] } = { app: '' }] = group;
  const path = join(temporaryFolder(t), 'http.sock');
  const server = await startLicorne(
    t,
    [
      ...[validated ? 'validated:application' : 'app:application', '-b', '127.0.0.1:0', '-b', `unix:${path}`],
      ...['--chdir', join(apps, 'plain', app), '--pythonpath', apps, '--python', venvPython(), ...args],
    ],
    { env: { LICORNE_TEST_APP: 'app:application' } },
  );
  await server.waitForLog(/Listening on unix:/);
  for (const { sentence, only, assertion } of group) {
    for (const transport of ['tcp', 'unix'] as const) {
      if (only !== undefined && only !== transport) continue;
      marks += 1;
      const place = transport === 'tcp' ? { port: server.port } : { path };
      const subject: Subject = { server, place, transport, mark: `mark${marks}` };
      await t.test(`${sentence} (${transport})`, () => assertion(subject));
    }
  }
  assert.doesNotMatch(server.output.stderr, /AssertionError|Iterator garbage collected|internal error/);
}
