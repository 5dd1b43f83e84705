import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { type PasswordInput, readPassword } from '../../../src/cli/read-password.ts';

/** A terminal on which these chunks are typed, each when somebody reads. */
class Keys extends EventEmitter implements PasswordInput {
  readonly isTTY: boolean;
  readonly raw: boolean[] = [];
  readonly #chunks: string[];

  constructor(chunks: readonly string[], isTTY = true) {
    super();
    this.isTTY = isTTY;
    this.#chunks = [...chunks];
  }

  setRawMode(raw: boolean): void {
    this.raw.push(raw);
  }

  resume(): void {
    setImmediate(() => {
      while (this.listenerCount('data') > 0) {
        const chunk = this.#chunks.shift();
        if (chunk === undefined) {
          this.emit('end');
          return;
        }
        this.emit('data', Buffer.from(chunk));
      }
    });
  }

  pause(): void {
    // Nothing is typed unasked.
  }
}

async function typed(...chunks: string[]) {
  const keys = new Keys(chunks);
  let said = '';
  const password = await readPassword(keys, (text) => (said += text));
  assert.deepEqual(keys.raw, [true, false]);
  return { password, said };
}

test('a password is typed twice, and shown to nobody', async () => {
  const { password, said } = await typed('ge', 'heim\r', 'gehx\u007feim\r');
  assert.deepEqual(password, { text: 'geheim' });
  assert.equal(said, 'Password: \nAgain: \n');
});

test('two that differ, none, and a change of mind are told', async () => {
  assert.deepEqual((await typed('a\r', 'b\r')).password, { fault: 'the two are not the same' });
  assert.deepEqual((await typed('\r', '\r')).password, { fault: 'there is no password' });
  assert.deepEqual((await typed('abc\u0003')).password, { fault: 'nothing was typed' });
  assert.deepEqual((await typed('a\u0015b\r', 'b\r')).password, { text: 'b' });
});

test('from a pipe it is one line', async () => {
  const silent = (): void => assert.fail('nobody is there to read it');
  for (const [chunks, text] of [
    [['gehe', 'im\n', 'more'], 'geheim'],
    [['geheim'], 'geheim'],
    [['grüße 東京\r\n'], 'grüße 東京'],
  ] as const)
    assert.deepEqual(await readPassword(new Keys(chunks, false), silent), { text });
  assert.deepEqual(await readPassword(new Keys([], false), silent), { fault: 'there is no password' });
  const long = await readPassword(new Keys(['x'.repeat(1001)], false), silent);
  assert.ok('fault' in long);
});
