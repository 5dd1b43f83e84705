import type { AppPool } from '../upstream/app-pool.ts';
import type { AppLoad } from '../wire/gateway-control.ts';

/** How often the master hears how busy the apps are, at most. */
const REPORT_MS = 250;

/** Tells how busy the apps are, as long as that changes; at once when a request finds no worker at all. */
export class LoadReporter {
  readonly #pools: ReadonlyMap<string, AppPool>;
  readonly #send: (apps: readonly AppLoad[]) => void;
  readonly #now: () => number;
  readonly #sent = new Map<string, string>();
  #timer: NodeJS.Timeout | null = null;
  #scheduled = false;

  constructor(
    pools: ReadonlyMap<string, AppPool>,
    send: (apps: readonly AppLoad[]) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#pools = pools;
    this.#send = send;
    this.#now = now;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.report(), REPORT_MS).unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** Sends what is new. */
  report(): void {
    const now = this.#now();
    const changed: AppLoad[] = [];
    for (const [app, pool] of this.#pools) {
      const load: AppLoad = { app, ...pool.load(now) };
      const text = JSON.stringify(load);
      if (this.#sent.get(app) === text) continue;
      this.#sent.set(app, text);
      changed.push(load);
    }
    if (changed.length > 0) this.#send(changed);
  }

  /** Something cannot wait: sends what is new after this turn. */
  soon(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.report();
    });
  }
}
