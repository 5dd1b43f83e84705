import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reloader } from '../../../src/dev/reloader.ts';
import type { AppFault } from '../../../src/wire/dev.ts';

const FAULT: AppFault = { title: 'SyntaxError in a.py:1', traceback: 'trace', hint: '' };

/** A reloader whose timers and server are the test's. */
function reloading() {
  const told: string[] = [];
  const timers: (() => void)[] = [];
  const loads: ((result: { ms: number } | { fault: AppFault }) => void)[] = [];
  let unhandled: readonly string[] = [];
  const reloader = new Reloader({
    target: {
      reload: () =>
        new Promise((resolve) => {
          told.push('reload');
          loads.push(resolve);
        }),
      ask: (files) => {
        told.push(`ask ${files.join(' ')}`);
        return Promise.resolve(unhandled);
      },
      show: ({ kind }) => told.push(kind),
      tellPages: (event) => told.push(event.kind === 'css' ? `css ${event.names.join(' ')}` : 'pages'),
    },
    report: {
      changed: (path) => told.push(`changed ${path}`),
      reloaded: () => told.push('reloaded'),
      failed: ({ title }) => told.push(`failed ${title}`),
    },
    arm: (call) => {
      timers.push(call);
      return () => void timers.splice(timers.indexOf(call), 1);
    },
  });
  reloader.begin();
  return {
    reloader,
    told,
    timers,
    loaded: async (result: { ms: number } | { fault: AppFault }) => {
      loads.shift()?.(result);
      await settle();
    },
    quiet: async () => {
      for (const call of timers.splice(0)) call();
      await settle();
    },
    nobodySees: (files: readonly string[]) => {
      unhandled = files;
    },
  };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
}

test('requests wait from the first change on, and changes that come together are one reload', async () => {
  const { reloader, told, timers, quiet, loaded } = reloading();
  reloader.changed('/a.py', 'code');
  assert.deepEqual(told, ['hold']);
  reloader.changed('/b.py', 'code');
  assert.equal(timers.length, 1);
  await quiet();
  await loaded({ ms: 300 });
  assert.deepEqual(told, ['hold', 'hold', 'changed /a.py', 'reload', 'reloaded', 'open', 'pages']);
});

test('a change during a reload is another reload, and requests wait for that', async () => {
  const { reloader, told, quiet, loaded } = reloading();
  reloader.changed('/a.py', 'code');
  await quiet();
  reloader.changed('/a.py', 'code');
  await quiet();
  told.length = 0;
  await loaded({ ms: 300 });
  assert.deepEqual(told, ['reloaded', 'pages', 'changed /a.py', 'reload'], 'nothing is opened in between');
  await loaded({ ms: 300 });
  assert.deepEqual(told.slice(-3), ['reloaded', 'open', 'pages']);
});

test('what cannot be loaded is shown until a change mends it', async () => {
  const { reloader, told, quiet, loaded } = reloading();
  reloader.changed('/a.py', 'code');
  await quiet();
  await loaded({ fault: FAULT });
  assert.deepEqual(told.slice(-3), [`failed ${FAULT.title}`, 'fault', 'pages']);
  reloader.changed('/a.py', 'code');
  await quiet();
  await loaded({ ms: 1 });
  assert.deepEqual(told.slice(-3), ['reloaded', 'open', 'pages']);
});

test('what the app sees to itself is no reload, the rest is', async () => {
  const { reloader, told, quiet, nobodySees, loaded } = reloading();
  reloader.changed('/p/a.html', 'asked');
  await quiet();
  assert.deepEqual(told, ['hold', 'ask /p/a.html', 'open', 'pages']);
  told.length = 0;
  nobodySees(['/p/b.html']);
  reloader.changed('/p/b.html', 'asked');
  await quiet();
  await loaded({ ms: 1 });
  assert.deepEqual(told, [
    'hold',
    'ask /p/b.html',
    'changed /p/b.html',
    'reload',
    'reloaded',
    'open',
    'pages',
  ]);
});

test('a style sheet alone is shown without loading pages, with something else it is not', async () => {
  const { reloader, told, quiet } = reloading();
  reloader.changed('/s/site.css', 'style');
  await quiet();
  assert.deepEqual(told, ['css site.css']);
  reloader.changed('/s/site.css', 'style');
  reloader.changed('/s/a.js', 'asset');
  await quiet();
  assert.deepEqual(told, ['css site.css', 'pages']);
});

test('before the server serves, changes are kept', async () => {
  const told: string[] = [];
  const timers: (() => void)[] = [];
  const reloader = new Reloader({
    target: {
      reload: () => Promise.resolve(told.push('reload')).then(() => ({ ms: 1 })),
      ask: () => Promise.resolve([]),
      show: () => undefined,
      tellPages: () => undefined,
    },
    report: { changed: () => undefined, reloaded: () => undefined, failed: () => undefined },
    arm: (call) => {
      timers.push(call);
      return () => undefined;
    },
  });
  reloader.changed('/a.py', 'code');
  timers.shift()?.();
  await settle();
  assert.deepEqual(told, []);
  reloader.begin();
  timers.shift()?.();
  await settle();
  assert.deepEqual(told, ['reload']);
});
