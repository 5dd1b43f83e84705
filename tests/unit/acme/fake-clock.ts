import type { Clock } from '../../../src/acme/clock.ts';

/** Time that passes when a test says so; chance is always the same. */
export class FakeClock implements Clock {
  time: number;
  chance = 0.5;
  #timers: { readonly at: number; readonly work: () => void }[] = [];

  constructor(time = Date.UTC(2026, 0, 1)) {
    this.time = time;
  }

  readonly now = (): number => this.time;
  readonly random = (): number => this.chance;
  readonly after = (ms: number, work: () => void): (() => void) => {
    const timer = { at: this.time + ms, work };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  };
  readonly sleep = async (ms: number, signal: AbortSignal): Promise<void> => {
    signal.throwIfAborted();
    this.time += ms;
    await turns();
  };

  /** Lets so much time pass, with everything that happens in it. */
  async pass(ms: number): Promise<void> {
    const end = this.time + ms;
    await turns();
    for (;;) {
      const [first] = this.#timers.toSorted((a, b) => a.at - b.at);
      if (first === undefined || first.at > end) break;
      this.#timers = this.#timers.filter((one) => one !== first);
      this.time = Math.max(this.time, first.at);
      first.work();
      await turns();
    }
    this.time = Math.max(this.time, end);
  }
}

/** What was begun goes on until it waits for the world. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
