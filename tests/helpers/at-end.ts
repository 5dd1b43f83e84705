// What a test does at its end, the last thing it began first: a server ends before the folder goes that it works in.
import type { TestContext } from 'node:test';

const works = new WeakMap<TestContext, (() => unknown)[]>();

/** Done when the test is over, before what was given earlier; a failure keeps nothing else from being done. */
export function atEnd(t: TestContext, work: () => unknown): void {
  let own = works.get(t);
  if (own === undefined) {
    own = [];
    works.set(t, own);
    const all = own;
    t.after(() => inTurn(all.reverse()));
  }
  own.push(work);
}

async function inTurn(all: readonly (() => unknown)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const work of all) {
    try {
      await work();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}
