import type { WorkerProcess } from './worker-process.ts';
import type { WorkerSet } from './worker-set.ts';

/** The workers of all apps. */
export class Workers {
  readonly #sets: readonly WorkerSet[];

  /** @param sets one for each app, the main one first. */
  constructor(sets: readonly WorkerSet[]) {
    this.#sets = sets;
  }

  get all(): readonly WorkerProcess[] {
    return this.#sets.flatMap((set) => set.all);
  }

  get empty(): boolean {
    return this.#sets.every((set) => set.empty);
  }

  get allReady(): boolean {
    return this.#sets.every((set) => set.allReady);
  }

  start(): void {
    for (const set of this.#sets) set.start();
  }

  booted(): void {
    for (const set of this.#sets) set.booted();
  }

  /** One worker more or less for the main app. */
  scale(by: 1 | -1): void {
    this.#sets[0]?.scale(by);
  }

  ending(): void {
    for (const set of this.#sets) set.ending();
  }

  released(pid: number, gateway: number): void {
    for (const set of this.#sets) set.released(pid, gateway);
  }

  gatewayGone(gateway: number): void {
    for (const set of this.#sets) set.gatewayGone(gateway);
  }

  stopAll(withinMs: number): void {
    for (const set of this.#sets) set.stopAll(withinMs);
  }

  cut(): void {
    for (const set of this.#sets) set.cut();
  }

  quit(): void {
    for (const set of this.#sets) set.quit();
  }

  kill(): void {
    for (const set of this.#sets) set.kill();
  }

  reopen(errorLog: string): void {
    for (const set of this.#sets) set.reopen(errorLog);
  }
}
