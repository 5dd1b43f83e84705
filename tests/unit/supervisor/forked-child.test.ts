import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ChildExit } from '../../../src/supervisor/child.ts';
import { ForkedChild } from '../../../src/supervisor/forked-child.ts';

interface Watched {
  readonly child: ForkedChild;
  readonly exits: ChildExit[];
  cancelled: number;
}

/** A worker that no zygote has forked yet. */
function waiting(): Watched {
  const exits: ChildExit[] = [];
  const watched: Watched = {
    exits,
    cancelled: 0,
    child: new ForkedChild({
      onMessage: () => undefined,
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
