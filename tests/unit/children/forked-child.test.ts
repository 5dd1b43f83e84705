import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import type { ChildExit } from '../../../src/children/child.ts';
import { ForkedChild } from '../../../src/children/forked-child.ts';
import { temporaryFolder } from '../../helpers/examples.ts';

/** No process has this id: it is above the highest that Linux gives. */
const NOBODY = 4_194_305;

interface Watched {
  readonly child: ForkedChild;
  readonly exits: ChildExit[];
  /** Signals that were sent. */
  readonly sent: string[];
  cancelled: number;
}

/** A worker that no zygote has forked yet. */
function waiting(): Watched {
  const exits: ChildExit[] = [];
  const watched: Watched = {
    exits,
    sent: [],
    cancelled: 0,
    child: new ForkedChild({
      onClaim: () => undefined,
      onAskBootStack: () => undefined,
      onMessage: () => undefined,
      sendSignal: (pid, signal) => watched.sent.push(`${pid} ${signal}`),
      onExit: (exit) => exits.push(exit),
      onCancelled: () => {
        watched.cancelled += 1;
      },
    }),
  };
  return watched;
}

test('a worker that was not forked yet ends at once when it is told to stop, and is told of no more', () => {
  const watched = waiting();
  watched.child.send({ type: 'stop', within: 1 });
  watched.child.kill('SIGKILL');
  watched.child.exit({ code: 7, signal: null, error: null });
  assert.deepEqual(watched.exits, [{ code: 0, signal: null, error: null }]);
  assert.equal(watched.cancelled, 1);
  assert.equal(watched.child.exited, true);
});

test('a worker that was not forked yet can be killed', () => {
  for (const [signal, exit] of [
    ['SIGKILL', { code: null, signal: 'SIGKILL', error: null }],
    ['SIGQUIT', { code: 0, signal: null, error: null }],
  ] as const) {
    const watched = waiting();
    watched.child.kill(signal);
    assert.deepEqual(watched.exits, [exit]);
    assert.equal(watched.child.pid, 0);
  }
});

test('a zygote that ends before it has forked a worker ends it in the same way', () => {
  const watched = waiting();
  watched.child.orphaned({ code: 3, signal: null, error: null });
  assert.deepEqual(watched.exits, [{ code: 3, signal: null, error: null }]);
  assert.equal(watched.cancelled, 0);
});

test('a worker without a zygote goes on until its own end is seen', () => {
  const watched = waiting();
  watched.child.forked(process.pid);
  watched.child.orphaned({ code: null, signal: 'SIGKILL', error: null });
  assert.deepEqual(watched.exits, []);
  assert.equal(watched.child.exited, false);
});

test('a signal is for the process that was there at first, not for any that has its id', () => {
  const watched = waiting();
  watched.child.forked(process.pid);
  assert.equal(watched.child.present, true);
  watched.child.kill('SIGTERM');
  assert.deepEqual(watched.sent, [`${process.pid} SIGTERM`]);
  const gone = waiting();
  gone.child.forked(NOBODY);
  gone.child.kill('SIGKILL');
  assert.equal(gone.child.present, false);
  assert.deepEqual(gone.sent, []);
});

test('a worker that never says who it is can be given up', async (t) => {
  const path = join(temporaryFolder(t), 'z.sock');
  const server = createServer().listen(path);
  t.after(() => server.close());
  await once(server, 'listening');
  const watched = waiting();
  watched.child.connect(path);
  watched.child.kill('SIGQUIT');
  assert.deepEqual(watched.exits, []);
  watched.child.kill('SIGKILL');
  assert.deepEqual(watched.exits, [{ code: null, signal: 'SIGKILL', error: null }]);
});

test('who it is must be said first, and once', async (t) => {
  for (const [lines, fault] of [
    ['{"type":"leaving","reason":"stuck"}\n', /^`leaving` before `forked`$/],
    [`{"type":"forked","pid":${process.pid}}\n`.repeat(2), /^`forked` a second time$/],
    ['{"type":"forked","pid":-1}\n', /^`pid` of `forked` is -1, not a process id$/],
    ['{"type":"forked","pid":1e300}\n', /^`pid` of `forked` is 1e\+300, not a process id$/],
  ] as const) {
    const path = join(temporaryFolder(t), 'z.sock');
    const server = createServer((socket) => socket.end(lines)).listen(path);
    t.after(() => server.close());
    await once(server, 'listening');
    const exit = await new Promise<ChildExit>((resolve) => {
      const child: ForkedChild = new ForkedChild({
        onClaim: (pid) => child.forked(pid),
        onAskBootStack: () => undefined,
        onMessage: () => assert.fail('a message'),
        onExit: resolve,
        onCancelled: () => undefined,
        // As if the signal had done it.
        sendSignal: (_pid, signal) => child.exit({ code: null, signal, error: null }),
      });
      child.connect(path);
    });
    assert.match(exit.fault ?? '', fault);
  }
});
