import assert from 'node:assert/strict';
import { mock, type TestContext, test } from 'node:test';
import { type DevServer, DevSession } from '../../../src/dev/session.ts';
import { Voice } from '../../../src/dev/voice.ts';
import type { ReloadResult } from '../../../src/supervisor/reload.ts';
import type { Worker } from '../../../src/children/worker.ts';
import type { ChangedMessage, DevWorkerMessage } from '../../../src/wire/dev.ts';
import { Folder } from '../files/folder.ts';
import { Notes } from './notes.ts';

const FAULT = { title: 'SyntaxError', traceback: '', hint: '' };
const PROJECT = { type: 'project', framework: 'Django', version: '5', settings: 's', checks: '' } as const;

/** A session beside a server that the test plays. */
function session(t: TestContext, projects: readonly string[] = []) {
  const notes = new Notes();
  const said: string[] = [];
  const shown: string[] = [];
  const asked: ChangedMessage[] = [];
  const script = { workers: 0, result: { ok: true, ms: 5, warnings: [] } as unknown as ReloadResult };
  const note = (list: string[]) => (text: string) => {
    list.push(text);
    notes.add(text);
  };
  const server: DevServer = {
    reload: () => Promise.resolve(script.result),
    development: {
      showState: ({ kind }) => note(shown)(kind),
      tellPages: ({ kind }) => note(shown)(`pages ${kind}`),
      askWorkers: (message) => {
        asked.push(message);
        notes.add('asked');
        return script.workers;
      },
    },
  };
  const write = note(said);
  const dev = new DevSession({
    projects,
    extra: [],
    reload: projects.length > 0,
    poll: false,
    liveReload: false,
    voice: new Voice({ out: write, err: write, color: false, cwd: '/' }),
    warn: write,
  });
  t.after(() => dev.close());
  const heard = (message: DevWorkerMessage, state: Worker['state'] = 'ready'): void =>
    dev.heard({ state } as Worker, message);
  const until = (condition: () => boolean): Promise<void> => notes.until(condition);
  return { dev, server, script, said, shown, asked, until, heard };
}

test('a Django project is announced after its migrations, and when they take long without them', async (t) => {
  const { dev, server, said, heard } = session(t);
  await dev.start(server);
  heard(PROJECT);
  const listening = dev.listening(['http://a'], []);
  assert.deepEqual(said, []);
  heard({ type: 'migrations', text: 'You have 1.' });
  await listening;
  assert.match(said.join(''), /You have 1\.[^]*Django version 5/);

  mock.timers.enable({ apis: ['setTimeout'] });
  t.after(() => mock.timers.reset());
  const slow = session(t);
  await slow.dev.start(slow.server);
  slow.heard(PROJECT);
  const late = slow.dev.listening([], []);
  mock.timers.tick(1_000);
  await late;
  assert.match(slow.said.join(''), /Django version 5/);
});

test('a worker that has ended says nothing of migrations any more', async (t) => {
  const { dev, server, said, heard } = session(t);
  await dev.start(server);
  heard({ type: 'migrations', text: 'You have 1.' }, 'exited');
  assert.deepEqual(said, []);
});

test('a first start that fails is shown to browsers and in the terminal', async (t) => {
  const { dev, server, said, shown } = session(t);
  await dev.start(server);
  dev.bootFailed(FAULT);
  assert.deepEqual(shown, ['fault']);
  assert.match(said.join(''), /SyntaxError/);
});

test('a template goes to all workers; what one of them does not see to loads the app anew', async (t) => {
  const folder = new Folder(t);
  const page = folder.write('pages/a.html', '1');
  const { dev, server, script, said, shown, asked, until, heard } = session(t, [folder.path]);
  script.workers = 2;
  await dev.start(server);
  heard({ type: 'modules', files: [], globs: [[folder.at('pages'), '**/*']] });
  await dev.listening([], []);
  const answer = (unhandled: readonly string[]): void =>
    heard({ type: 'changed', number: asked.at(-1)?.number ?? 0, unhandled });

  folder.write('pages/a.html', '2', null);
  await until(() => asked.length === 1);
  assert.deepEqual(asked[0]?.files, [page]);
  answer([]);
  answer([]);
  await until(() => shown.includes('pages reload'));
  assert.deepEqual([shown[0], shown.at(-2)], ['hold', 'open']);
  assert.doesNotMatch(said.join(''), /reloading/);

  shown.length = 0;
  folder.write('pages/a.html', '3', null);
  await until(() => asked.length === 2);
  answer([]);
  answer([page]);
  await until(() => shown.includes('pages reload'));
  assert.match(said.join(''), /a\.html changed, reloading\.\nReloaded in 5 ms\./);
});

test('code that cannot be loaded is a fault until the next change, and workers that are not there are not asked', async (t) => {
  const folder = new Folder(t);
  const code = folder.write('main.py', '1');
  const { dev, server, script, shown, said, until, heard } = session(t, [folder.path]);
  await dev.start(server);
  heard({ type: 'modules', files: [code], globs: [] });
  await dev.listening([], []);
  script.result = { ok: false, ...FAULT } as unknown as ReloadResult;
  folder.write('main.py', '2', null);
  await until(() => shown.includes('pages reload'));
  assert.ok(shown.includes('fault'));
  shown.length = 0;
  script.result = { ok: true, ms: 5 } as unknown as ReloadResult;
  // Nobody imported it: anything may mend what is broken.
  folder.write('settings.json', '{}', null);
  await until(() => shown.includes('pages reload'));
  assert.deepEqual([shown[0], shown.at(-2)], ['hold', 'open']);
  assert.match(said.join(''), /settings\.json changed, reloading\.\nReloaded/);
});
