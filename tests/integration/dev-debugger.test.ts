// `breakpoint()` in a view, on a terminal.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { licorne } from '../helpers/paths.ts';
import { killAll, descendants } from '../helpers/processes.ts';
import { project, wsgiApp } from './dev-project.ts';

/** What is typed goes to the program through a terminal of its own. */
const ON_TERMINAL = 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)';

test('a debugger in a view talks to the terminal', {
  skip: process.platform === 'linux' ? false : 'other systems have other terminals',
}, async (t) => {
  const code = project(t, {
    'main.py': wsgiApp('look()', 'def look():\n    word = "unseen"\n    breakpoint()\n    return word\n'),
  });
  const child = spawn(
    'python3',
    ['-c', ON_TERMINAL, process.execPath, licorne, 'dev', 'main:app', '-b', '127.0.0.1:0'],
    { cwd: code.folder, stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, TERM: 'xterm' } },
  );
  t.after(() => killAll([...descendants(child.pid ?? 0), child.pid ?? 0]));
  let said = '';
  const heard = async (pattern: RegExp): Promise<RegExpMatchArray> => {
    for (;;) {
      const match = said.match(pattern);
      if (match) return match;
      const [chunk] = (await once(child.stdout, 'data', { signal: AbortSignal.timeout(20_000) })) as [Buffer];
      said += String(chunk);
    }
  };
  const [, url = ''] = await heard(/Starting development server at (\S+)\//);
  const answer = fetch(url).then((got) => got.text());
  await heard(/\(Pdb\)/);
  child.stdin.write('word = "seen"\n');
  await heard(/\(Pdb\)[^]*\(Pdb\)/);
  child.stdin.write('c\n');
  assert.equal(await answer, 'seen');
  await heard(/\x1b\[|"GET \/ HTTP\/1\.1" 200 4/);
  const ended = once(child, 'exit');
  child.stdin.write('\x03');
  const [exit] = (await ended) as [number];
  assert.equal(exit, 0);
});
