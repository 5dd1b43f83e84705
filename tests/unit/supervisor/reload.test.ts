import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type OnReloadProgress, Reloads, type ReloadResult } from '../../../src/supervisor/reload.ts';
import type { ReloadScope } from '../../../src/supervisor/reload-scope.ts';
import { settle } from './fake-workers.ts';

const OK: ReloadResult = {
  ok: true,
  scope: 'everything',
  ms: 1,
  apps: 1,
  workers: 1,
  warnings: [],
  changes: [],
};

function reloads() {
  const runs: {
    scope: ReloadScope;
    finish: (result: ReloadResult) => void;
    progress: OnReloadProgress;
  }[] = [];
  const subject = new Reloads(
    (scope, progress) => new Promise((resolve) => runs.push({ scope, finish: resolve, progress })),
  );
  return { subject, runs };
}

test('one reload runs at a time; all who ask meanwhile share the next', async () => {
  const { subject, runs } = reloads();
  const seen: string[] = [];
  const first = subject.ask(() => seen.push('first'));
  const second = subject.ask(() => seen.push('second'));
  const third = subject.ask(() => seen.push('third'));
  assert.equal(runs.length, 1);
  runs[0]?.progress({ app: 'app', done: 0, of: 1 });
  runs[0]?.finish(OK);
  assert.equal(await first, OK);
  await settle();
  assert.equal(runs.length, 2);
  assert.ok(subject.running);
  runs[1]?.progress({ app: 'app', done: 0, of: 1 });
  const refused: ReloadResult = { ok: false, title: 'no', traceback: '', hint: '' };
  runs[1]?.finish(refused);
  assert.deepEqual(await Promise.all([second, third]), [refused, refused]);
  assert.deepEqual(seen, ['first', 'second', 'third']);
  await settle();
  assert.equal(subject.running, false);
  assert.equal(runs.length, 2);
});

test('why the last one failed is told until one of the same kind, or of everything, does not', async () => {
  const { subject, runs } = reloads();
  const ask = async (scope: ReloadScope, result: ReloadResult): Promise<string | undefined> => {
    const asked = subject.ask(() => undefined, scope);
    runs.at(-1)?.finish(result);
    await asked;
    await settle();
    return subject.fault?.title;
  };
  const no: ReloadResult = { ok: false, title: 'no', traceback: '', hint: '' };
  assert.equal(await ask('configuration', no), 'no');
  assert.equal(await ask('configuration', OK), undefined);
  assert.equal(await ask('everything', no), 'no');
  assert.equal(await ask('configuration', OK), 'no');
  assert.equal(await ask('everything', OK), undefined);
});

test('after a reload the next one begins at once', async () => {
  const { subject, runs } = reloads();
  const first = subject.ask(() => undefined);
  runs[0]?.finish(OK);
  await first;
  void subject.ask(() => undefined);
  assert.equal(runs.length, 2);
});

test('who asks for the configuration alone while everything is asked for has it with everything', async () => {
  const { subject, runs } = reloads();
  const asked = [
    subject.ask(() => undefined, 'configuration'),
    subject.ask(() => undefined, 'configuration'),
    subject.ask(() => undefined),
    subject.ask(() => undefined, 'configuration'),
  ];
  runs[0]?.finish(OK);
  await settle();
  runs[1]?.finish(OK);
  await Promise.all(asked);
  assert.deepEqual(
    runs.map(({ scope }) => scope),
    ['configuration', 'everything'],
  );
});
