import { nextTick } from 'node:process';

/** Gathers what is written to it. */
export interface Flushable {
  /** Sends what was gathered, if anything is there still. */
  flush(): void;
}

const waiting: Flushable[] = [];

/** Flushes it after what runs now, and all that ask for it until then with it. */
export function flushSoon(gathering: Flushable): void {
  if (waiting.push(gathering) === 1) nextTick(flushAll);
}

function flushAll(): void {
  for (const gathering of waiting) gathering.flush();
  waiting.length = 0;
}
