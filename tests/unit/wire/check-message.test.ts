import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  checkForkedWorker,
  checkGateway,
  checkHooks,
  checkSuccessor,
  checkWorker,
  checkZygote,
  type MessageCheck,
} from '../../../src/wire/check-message.ts';

const STATIC = {
  staticfiles: true,
  debug: false,
  static_url: '/static/',
  static_root: '/srv/static',
  manifest: '',
  finders: [['', '/srv/a']],
  opaque: false,
  whitenoise: false,
  media_url: null,
  media_root: '',
  hosts: null,
  https_only: false,
};
const READY = { type: 'ready', interface: 'wsgi', python: '3.12.1', pid: 7, static: null };
const FAILED = { type: 'failed', stage: 'boot', title: 'a', message: '', traceback: '', hint: '' };

function faultOf(check: MessageCheck, message: { type: string }): string {
  const verdict = check(message);
  assert.ok(verdict !== null && verdict !== 'unknown', JSON.stringify(message));
  return verdict.fault;
}

test('messages as our own processes send them are taken', () => {
  const load = { app: 'app', queued: 0, oldestMs: 1.5, inFlight: 2, requests: 3, workers: [[7, 3]] };
  const stuck = { app: 'a', worker: 0, pid: 7, requestId: 'x', method: 'GET', path: '/', limitMs: 1000 };
  for (const [check, message] of [
    [checkWorker, READY],
    [checkWorker, { ...READY, interface: 'asgi', static: STATIC }],
    [checkWorker, FAILED],
    [checkWorker, { type: 'boot_stack', stack: '' }],
    [checkWorker, { type: 'lag', ms: 120, busy: 0.95 }],
    [checkZygote, { type: 'boot_stack', stack: 'Thread MainThread:' }],
    [checkWorker, { type: 'leaving', reason: 'max_requests' }],
    [checkWorker, { type: 'modules', files: ['/a.py'], globs: [['/a', '*.html']] }],
    [checkWorker, { type: 'changed', number: 1, unhandled: [] }],
    [checkForkedWorker, { type: 'forked', pid: 7 }],
    [checkForkedWorker, READY],
    [checkZygote, { type: 'preloaded', python: '3.9.1', pid: 7 }],
    [checkZygote, { type: 'child_exit', pid: 7, code: null, signal: 'SIGKILL' }],
    [checkZygote, { type: 'child_exit', pid: 7, code: 0, signal: null }],
    [checkGateway, { type: 'ready' }],
    [checkGateway, { type: 'load', apps: [load] }],
    [checkGateway, { type: 'stuck', ...stuck }],
    [checkHooks, { type: 'hooks_ready', hooks: ['on_exit'] }],
    [checkHooks, { type: 'called', id: 1, title: '', traceback: '' }],
    [checkSuccessor, { type: 'booting', withinMs: 1000 }],
    // More than is asked for is the business of later versions.
    [checkSuccessor, { type: 'serving', soon: true }],
  ] as readonly (readonly [MessageCheck, { type: string }])[])
    assert.equal(check(message), null, JSON.stringify(message));
});

test('a type that nobody knows is no fault', () => {
  for (const type of ['fun', '__proto__', 'constructor', 'toString', '', 'forked'])
    assert.equal(checkWorker({ type }), 'unknown', type);
});

test('a field that is missing, or holds what it must not, is told with what should be there', () => {
  for (const [check, message, fault] of [
    [checkWorker, { type: 'failed' }, '`stage` of `failed` is missing, not "boot" or "load"'],
    [checkWorker, { ...FAILED, title: null }, '`title` of `failed` is null, not a text'],
    [checkWorker, { ...FAILED, hint: [] }, '`hint` of `failed` is [], not a text'],
    [checkWorker, { ...READY, pid: '1' }, '`pid` of `ready` is "1", not a process id'],
    [checkForkedWorker, { type: 'forked', pid: 0 }, '`pid` of `forked` is 0, not a process id'],
    [checkForkedWorker, { type: 'forked', pid: -1 }, '`pid` of `forked` is -1, not a process id'],
    [checkForkedWorker, { type: 'forked', pid: 1.5 }, '`pid` of `forked` is 1.5, not a process id'],
    [
      checkHooks,
      { type: 'hooks_ready', hooks: [1] },
      '`hooks` of `hooks_ready` is [1], not a list (of each: a text)',
    ],
  ] as readonly (readonly [MessageCheck, { type: string }, string])[])
    assert.equal(faultOf(check, message), fault);
  for (const reason of ['toString', '', 1, null])
    assert.match(
      faultOf(checkWorker, { type: 'leaving', reason } as { type: string }),
      /^`reason` of `leaving` is/,
    );
  for (const key of Object.keys(STATIC))
    assert.match(
      faultOf(checkWorker, { ...READY, static: { ...STATIC, [key]: 7 } } as { type: string }),
      /^`static` of `ready`/,
      key,
    );
  for (const apps of [null, {}, [null], [{ app: 'a' }], [[]]])
    assert.match(faultOf(checkGateway, { type: 'load', apps } as { type: string }), /^`apps` of `load`/);
});

test('what is quoted of a message is short, and holds no control characters', () => {
  const fault = faultOf(checkWorker, {
    type: 'leaving',
    reason: `\u001b[2J\u009b\u2028\n${'x'.repeat(10_000)}`,
  } as { type: string });
  assert.ok(fault.length < 200);
  // oxlint-disable-next-line no-control-regex
  assert.doesNotMatch(fault, /[\u0000-\u001f\u007f-\u009f\u2028]/);
});
