import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { OrderLock } from '../../../src/acme/order-lock.ts';

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'lock-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Those that run, with their start times. */
const running = new Map([
  [1, 'a'],
  [2, 'b'],
]);
const lock = (dir: string, pid: number, host = 'here'): OrderLock =>
  new OrderLock(dir, 'shop.example', { pid, startTimeOf: (of) => running.get(of) ?? null }, host);

test('one process has a lock, until it gives it back', (t) => {
  const dir = folder(t);
  const [one, two] = [lock(dir, 1), lock(dir, 2)];
  assert.equal(one.take(), true);
  assert.equal(two.take(), false);
  two.release();
  assert.equal(two.take(), false, 'who does not have it cannot give it back');
  one.release();
  assert.equal(two.take(), true);
  two.release();
  assert.deepEqual(readdirSync(dir), []);
});

test('a lock whose process is gone does not count, nor one whose process id another has now', (t) => {
  const dir = folder(t);
  for (const holder of [
    { host: 'here', pid: 77, startTime: 'z' },
    { host: 'here', pid: 1, startTime: 'before' },
  ]) {
    writeFileSync(join(dir, 'shop.example.lock'), JSON.stringify(holder));
    const one = lock(dir, 2);
    assert.equal(one.take(), true);
    one.release();
  }
});

test('a lock of another machine, or one that cannot be read, counts as long as it is touched', (t) => {
  const dir = folder(t);
  const path = join(dir, 'shop.example.lock');
  for (const text of [JSON.stringify({ host: 'there', pid: 77, startTime: 'z' }), 'nonsense', '{}']) {
    writeFileSync(path, text);
    const one = lock(dir, 1);
    assert.equal(one.take(), false);
    const before = new Date(Date.now() - 61_000);
    utimesSync(path, before, before);
    assert.equal(one.take(), true);
    one.release();
  }
});

test('who found the same left over lock, but later, does not remove the new one', (t) => {
  const dir = folder(t);
  writeFileSync(join(dir, 'shop.example.lock.clearing'), '');
  writeFileSync(join(dir, 'shop.example.lock'), JSON.stringify({ host: 'here', pid: 77, startTime: 'z' }));
  const one = lock(dir, 1);
  assert.equal(one.take(), false, 'somebody else is clearing up');
  const before = new Date(Date.now() - 61_000);
  utimesSync(join(dir, 'shop.example.lock.clearing'), before, before);
  assert.equal(one.take(), false);
  assert.equal(one.take(), true, 'it was left behind itself');
  one.release();
});
