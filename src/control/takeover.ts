import { Socket } from 'node:net';
import type { Environment } from '../config/env.ts';
import { Channel } from '../net/channel.ts';
import { inheritance } from '../net/upgrade-sockets.ts';
import { encodeControl } from '../wire/control.ts';
import type { MasterToSuccessor, ScaledApp, SuccessorToMaster } from '../wire/upgrade-control.ts';
import type { Refusal } from '../supervisor/reload.ts';

/** The side of a new master towards the one that started it to be followed (src/control/upgrade.ts). */
export class Takeover {
  readonly #channel: Channel<MasterToSuccessor, SuccessorToMaster>;
  #phase: 'booting' | 'offered' | 'over' = 'booting';
  #told = false;
  #onYours: (scaled: readonly ScaledApp[]) => void = () => undefined;

  /**
   * @param fd the channel that was inherited.
   * @param onAbandoned the old master is gone, or (`told`) wants no successor any more, before the service was handed over: without it nobody has asked for us.
   */
  constructor(fd: number, onAbandoned: (told: boolean) => void) {
    this.#channel = new Channel(
      new Socket({ fd, readable: true, writable: true }),
      (message) => {
        if (message.type === 'abandoned') this.#told = true;
        if (message.type !== 'yours' || this.#phase !== 'offered') return;
        this.close();
        // A master of another version may say nothing of it.
        this.#onYours(Array.isArray(message.scaled) ? message.scaled : []);
      },
      () => {
        if (this.#phase !== 'over') onAbandoned(this.#told);
        this.#phase = 'over';
      },
    );
  }

  /** @param withinMs after which this process gives up by itself. */
  booting(withinMs: number): void {
    this.#channel.send({ type: 'booting', withinMs });
  }

  failed(why: { readonly title: string; readonly traceback: string; readonly hint: string }): void {
    this.#channel.send({ type: 'failed', ...why });
  }

  /** Everything serves. Calls back once the old master has let go of pid file, service manager and logs, with the numbers of workers it was told. */
  serving(onYours: (scaled: readonly ScaledApp[]) => void): void {
    if (this.#phase !== 'booting') return;
    this.#phase = 'offered';
    this.#onYours = onYours;
    this.#channel.send({ type: 'serving' });
  }

  /** Nothing of it keeps the process from ending. */
  close(): void {
    this.#phase = 'over';
    this.#channel.close();
  }
}

/** Tells the master that started this one why it is not followed, before there is anything that could follow it. */
export function refuse(env: Environment, why: Refusal): Promise<void> {
  const legacy = inheritance(env);
  if (legacy === null) return Promise.resolve();
  const { title, traceback, hint } = why;
  const message: SuccessorToMaster = { type: 'failed', title, traceback, hint };
  const socket = new Socket({ fd: legacy.control, readable: false, writable: true });
  return new Promise((resolve) => {
    socket.on('error', () => resolve());
    socket.end(encodeControl(message), () => resolve());
  });
}
