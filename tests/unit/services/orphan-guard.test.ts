import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { root } from '../../helpers/paths.ts';
import { alive } from '../../helpers/processes.ts';
import { until } from '../../helpers/until.ts';

const GUARD = pathToFileURL(join(root, 'src/services/orphan-guard.ts')).href;

const HOLDER = `
import { spawn } from 'node:child_process';
import { OrphanGuard } from '${GUARD}';
const child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1e6)'], { detached: true, stdio: 'ignore' });
new OrphanGuard(child.pid, 1000);
process.stdout.write(child.pid + '\\n');
setInterval(() => 0, 1e6);
`;

test('a group whose master was killed ends, too', async (t) => {
  const holder = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', HOLDER], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => holder.kill('SIGKILL'));
  const [line] = (await once(holder.stdout, 'data')) as [Buffer];
  const child = Number(line.toString());
  assert.ok(alive(child));
  holder.kill('SIGKILL');
  await until(() => !alive(child), 'the end of the group');
});
