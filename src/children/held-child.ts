import type { MasterToWorker, StartMessage } from '../wire/control.ts';
import type { ControlledChild } from './child.ts';

/** A worker that is told to start only when something else has come to its end: the hook pre_fork. Nothing is sent to it before. */
export class HeldChild implements ControlledChild<MasterToWorker> {
  readonly #child: ControlledChild<MasterToWorker>;
  #held: MasterToWorker[] | null = [];

  constructor(child: ControlledChild<MasterToWorker>, start: StartMessage, until: Promise<void>) {
    this.#child = child;
    void until.then(() => {
      const held = this.#held ?? [];
      this.#held = null;
      for (const message of [start, ...held]) child.send(message);
    });
  }

  get pid(): number {
    return this.#child.pid;
  }

  get exited(): boolean {
    return this.#child.exited;
  }

  get present(): boolean {
    return this.#child.present;
  }

  send(message: MasterToWorker): void {
    if (this.#held === null) this.#child.send(message);
    // It has not been told what to load.
    else if (message.type === 'boot_stack') return;
    // It has nothing to finish, and would not understand.
    else if (message.type === 'stop') this.#child.kill('SIGTERM');
    else this.#held.push(message);
  }

  disconnect(): void {
    this.#child.disconnect();
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}
