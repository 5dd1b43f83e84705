import { basename } from 'node:path';
import type { AppFault, DevState, PageEvent } from '../wire/dev.ts';
import type { ChangeKind } from './watch-list.ts';

/** What a reloader acts on: the running server. */
export interface Reloadable {
  /** Loads the apps anew; tells how long it took, or what is wrong with them. */
  reload(): Promise<{ readonly ms: number } | { readonly fault: AppFault }>;
  /** Passes changes on to whoever asked for them; gives those that nobody saw to. */
  ask(files: readonly string[]): Promise<readonly string[]>;
  /** What the gateways do with requests from now on. */
  show(state: DevState): void;
  tellPages(event: PageEvent): void;
}

/** What a person is told. */
export interface ReloadReport {
  changed(path: string): void;
  reloaded(ms: number): void;
  failed(fault: AppFault): void;
}

export interface ReloaderOptions {
  readonly target: Reloadable;
  readonly report: ReloadReport;
  /** Called before and after the apps are loaded. */
  readonly loading?: (now: boolean) => void;
  /** Changes that come within this are one, milliseconds. */
  readonly quietMs?: number;
  readonly arm?: (call: () => void, ms: number) => () => void;
}

/** An editor writes a file in several steps, a checkout many files. */
const QUIET_MS = 50;
/** Longer is not waited for an end of the changes: a program may write all the time. */
const QUIET_MS_MAX = 500;

/**
 * Turns changes into reloads. From the first change on, requests wait for the code that comes, so nobody is shown what was replaced
 * already. An app that fails to load is shown as what is wrong with it, until a change mends it.
 */
export class Reloader {
  readonly #options: ReloaderOptions;
  readonly #pending = new Map<string, ChangeKind>();
  #fault: AppFault | null = null;
  #cancel: () => void = () => undefined;
  #armed = false;
  #since = 0;
  #busy = false;
  #closed = false;
  #begun = false;

  constructor(options: ReloaderOptions) {
    this.#options = options;
  }

  /** The server serves; what has changed before is seen to now. */
  begin(): void {
    this.#begun = true;
    if (this.#pending.size > 0) this.#wait();
  }

  /** The first start, too, may fail. */
  startFailed(fault: AppFault): void {
    this.#fault = fault;
    this.#settle();
  }

  changed(path: string, kind: ChangeKind): void {
    if (this.#closed) return;
    this.#pending.set(path, kind);
    if (kind === 'code' || kind === 'asked') this.#options.target.show({ kind: 'hold' });
    this.#wait();
  }

  close(): void {
    this.#closed = true;
    this.#cancel();
  }

  #wait(): void {
    const { quietMs = QUIET_MS, arm = armTimer } = this.#options;
    const now = performance.now();
    if (!this.#armed) this.#since = now;
    else if (now - this.#since > QUIET_MS_MAX) return;
    this.#cancel();
    this.#armed = true;
    this.#cancel = arm(() => {
      this.#armed = false;
      if (this.#begun && !this.#busy) void this.#flush();
    }, quietMs);
  }

  /** One batch after another, until nothing is left that changed meanwhile. */
  async #flush(): Promise<void> {
    this.#busy = true;
    while (this.#pending.size > 0 && !this.#armed && !this.#closed) {
      const batch = new Map(this.#pending);
      this.#pending.clear();
      await this.#handle(batch);
    }
    this.#busy = false;
  }

  async #handle(batch: ReadonlyMap<string, ChangeKind>): Promise<void> {
    const { target } = this.#options;
    const of = (...kinds: ChangeKind[]): string[] =>
      [...batch].filter(([, kind]) => kinds.includes(kind)).map(([path]) => path);
    const asked = of('asked');
    const unhandled = asked.length === 0 ? [] : await target.ask(asked);
    const code = [...of('code'), ...unhandled];
    const [first] = code;
    if (first !== undefined) await this.#reload(first);
    if (asked.length > 0 || code.length > 0) this.#settle();
    const styles = of('style');
    if (code.length > 0 || asked.length > 0 || styles.length < batch.size)
      target.tellPages({ kind: 'reload' });
    else target.tellPages({ kind: 'css', names: styles.map((path) => basename(path)) });
  }

  async #reload(path: string): Promise<void> {
    const { target, report, loading } = this.#options;
    report.changed(path);
    loading?.(true);
    const result = await target.reload();
    if ('fault' in result) {
      this.#fault = result.fault;
      report.failed(result.fault);
    } else {
      this.#fault = null;
      report.reloaded(result.ms);
    }
    loading?.(false);
  }

  /** Requests go on waiting when something has changed meanwhile. */
  #settle(): void {
    if ([...this.#pending.values()].some((kind) => kind === 'code' || kind === 'asked')) return;
    const fault = this.#fault;
    this.#options.target.show(fault === null ? { kind: 'open' } : { kind: 'fault', fault });
  }
}

function armTimer(call: () => void, ms: number): () => void {
  const timer = setTimeout(call, ms);
  return () => clearTimeout(timer);
}
