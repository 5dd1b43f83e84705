import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LinkedList, Place } from '../../../src/base/linked-list.ts';
import { Random } from '../../fuzz/random.ts';

/** Everything, in order; the list is empty then. */
function emptied(list: LinkedList<number>, places: readonly Place<number>[]): number[] {
  const owners: number[] = [];
  for (let first = list.first; first !== null; first = list.first) {
    owners.push(first);
    places[first]?.leave();
  }
  return owners;
}

test('whatever moves between two lists, each holds what a set would, in its order', () => {
  const random = new Random(31);
  for (let round = 0; round < 50; round += 1) {
    const lists = [new LinkedList<number>(), new LinkedList<number>()] as const;
    const sets = [new Set<number>(), new Set<number>()] as const;
    const places = Array.from({ length: 12 }, (_, owner) => new Place(owner));
    for (let step = 0; step < 300; step += 1) {
      const place = random.pick(places);
      const [into, from] = random.chance(50) ? [0, 1] : [1, 0];
      if (random.chance(60)) {
        lists[into as 0 | 1].add(place);
        sets[from as 0 | 1].delete(place.owner);
        sets[into as 0 | 1].add(place.owner);
      } else {
        lists[into as 0 | 1].delete(place);
        sets[into as 0 | 1].delete(place.owner);
      }
      for (const at of [0, 1] as const) assert.equal(lists[at].first ?? undefined, [...sets[at]][0]);
    }
    for (const at of [0, 1] as const) assert.deepEqual(emptied(lists[at], places), [...sets[at]]);
  }
});
