import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Voice } from '../../../src/dev/voice.ts';

function voice(color = false) {
  let text = '';
  const write = (more: string): void => {
    text += more;
  };
  const now = (): Date => new Date(2026, 10, 1, 9, 5, 3);
  return { voice: new Voice({ out: write, err: write, color, cwd: '/srv/site', now }), said: () => text };
}

test('a Django project is announced in the words of runserver', () => {
  const { voice: one, said } = voice();
  one.watching('file events');
  one.project({
    type: 'project',
    framework: 'Django',
    version: '5.2.1',
    settings: 'shop.settings',
    checks: 'System check identified no issues (0 silenced).\n',
  });
  one.migrations('You have 1 unapplied migration(s).');
  one.listening(['http://127.0.0.1:8000'], ['Licorne serves shop']);
  assert.equal(
    said(),
    'Watching for file changes with file events\nPerforming system checks...\n\nSystem check identified no issues (0 silenced).\n' +
      "\nYou have 1 unapplied migration(s).\nNovember 01, 2026 - 09:05:03\nDjango version 5.2.1, using settings 'shop.settings'\n" +
      'Starting development server at http://127.0.0.1:8000/\nQuit the server with CONTROL-C.\n\n',
  );
});

test('other applications are announced as short', () => {
  const { voice: one, said } = voice();
  one.listening(['http://[::1]:8000', 'unix:/run/a.sock'], ['Licorne serves app:app']);
  assert.equal(
    said(),
    'Licorne serves app:app\nStarting development server at http://[::1]:8000/\nStarting development server at unix:/run/a.sock\nQuit the server with CONTROL-C.\n\n',
  );
});

test('a reload says what has changed and how long it took, and what is new of checks and migrations', () => {
  const { voice: one, said } = voice();
  const message = { type: 'project', framework: 'Django', version: '5', settings: 's' } as const;
  one.project({ ...message, checks: '' });
  one.migrations('You have 1.');
  one.listening([], []);
  const before = said().length;
  one.changed('/srv/site/shop/views.py');
  one.project({ ...message, checks: 'System check identified no issues (0 silenced).' });
  one.migrations('You have 1.');
  one.reloaded(312.4);
  one.changed('/opt/lib/x.py');
  one.project({ ...message, checks: 'System check identified some issues:\n' });
  assert.equal(
    said().slice(before),
    'shop/views.py changed, reloading.\nReloaded in 312 ms.\n/opt/lib/x.py changed, reloading.\nSystem check identified some issues:\n',
  );
});

test('what is wrong is coloured for a person', () => {
  const { voice: one, said } = voice(true);
  one.failed({ title: 'SyntaxError', traceback: 'trace\n', hint: '' });
  assert.equal(said(), '\n\x1b[31mSyntaxError\x1b[0m\ntrace\nWaiting for a change that mends it.\n\n');
});
