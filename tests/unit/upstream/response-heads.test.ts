import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ResponseHeads } from '../../../src/upstream/response-heads.ts';
import { parseResponseHead } from '../../../src/wire/response.ts';
import { Random } from '../../fuzz/random.ts';

test('whatever came before, a head is read as it would be alone, and a repeated one is the same object', () => {
  const random = new Random(9);
  const heads = new ResponseHeads();
  const texts = Array.from(
    { length: 600 },
    (_, i) => `${200 + (i % 300)} R\nX-${i % 7}\n${'v'.repeat(random.below(random.pick([9, 3000])))}${i}`,
  );
  let again = '';
  for (let step = 0; step < 4000; step += 1) {
    const text = random.chance(40) && again !== '' ? again : random.pick(texts);
    again = text;
    const frame = Buffer.from(`#${text}#`, 'latin1');
    const head = heads.read(frame, 1, frame.length - 1);
    assert.deepEqual(head, { ...parseResponseHead(text), memo: null });
    if (text.length <= 2048) assert.equal(heads.read(frame, 1, frame.length - 1), head);
  }
});
