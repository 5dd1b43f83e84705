// The table means what a map means that keeps the order of ids.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StreamTable } from '../../../src/upstream/stream-table.ts';
import type { WorkerStream } from '../../../src/upstream/worker-stream.ts';
import { Random } from '../../fuzz/random.ts';
import { Recorder, streamOf } from './fake-worker.ts';

function streamWith(id: number): WorkerStream {
  const stream = streamOf({}, new Recorder());
  stream.id = id;
  return stream;
}

test('whatever is added, asked for and deleted, it holds what a map would', () => {
  const random = new Random(5);
  for (let round = 0; round < 20; round += 1) {
    const table = new StreamTable();
    const map = new Map<number, WorkerStream>();
    let id = 1 + random.below(5000);
    for (let step = 0; step < 3000; step += 1) {
      if (random.chance(55)) {
        id += 1 + random.below(random.pick([1, 1, 700]));
        const stream = streamWith(id);
        table.add(stream);
        map.set(id, stream);
      } else if (map.size > 0) {
        // Most often the oldest is over, but some of them last.
        const ids = [...map.keys()];
        const over = map.get(random.pick(random.chance(80) ? ids.slice(-20) : ids)) as WorkerStream;
        table.delete(over);
        map.delete(over.id);
      }
      const asked = Math.max(0, id - random.below(4000));
      assert.equal(table.get(asked), map.get(asked));
    }
    assert.deepEqual(
      table.all.map((stream) => stream.id),
      [...map.keys()],
    );
    table.clear();
    assert.deepEqual([table.all, table.get(id)], [[], undefined]);
  }
});

test('streams are in the order they were begun in, also where their ids began anew', () => {
  const table = new StreamTable();
  const ids = [0xffff_fffe, 0xffff_ffff, 1, 2, 1025];
  for (const id of ids.toReversed()) table.add(streamWith(id));
  assert.deepEqual(
    table.all.map((stream) => stream.id),
    ids,
  );
  for (const id of ids) assert.equal(table.get(id)?.id, id);
});

test('a stream that is not in it is not deleted in the place of another', () => {
  const table = new StreamTable();
  table.add(streamWith(1));
  table.add(streamWith(1025));
  table.delete(streamWith(2049));
  assert.equal(table.all.length, 2);
});
