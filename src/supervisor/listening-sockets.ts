import type { BindAddress } from '../config/bind.ts';
import { BindError, type BoundSocket, bindSocket } from '../net/bind.ts';
import type { InheritedSockets } from '../net/inherited-sockets.ts';

export interface ListeningSocketsOptions {
  /** Permissions of Unix sockets. */
  readonly socketMode: number;
  /** Sockets that are bound already: they are taken for the addresses they are bound to. */
  readonly inherited: InheritedSockets | undefined;
}

/** The sockets that a server serves on. The master has them open for as long as it serves, whatever becomes of its gateways. */
export class ListeningSockets {
  readonly #options: ListeningSocketsOptions;
  #all: readonly BoundSocket[] = [];
  #shared = false;

  constructor(options: ListeningSocketsOptions) {
    this.#options = options;
  }

  get all(): readonly BoundSocket[] {
    return this.#all;
  }

  /** Binds one after another; the first that can't be had is told, and what was bound before stays until `close`. */
  async bind(addresses: readonly BindAddress[]): Promise<BindError | null> {
    const bound: BoundSocket[] = [];
    this.#all = bound;
    for (const address of addresses) {
      try {
        bound.push(await bindSocket(address, this.#options));
      } catch (error) {
        if (error instanceof BindError) return error;
        throw error;
      }
    }
    return null;
  }

  /** Another master serves on them, too: its files of Unix sockets stay where they are. */
  share(): void {
    this.#shared = true;
  }

  close(): void {
    for (const socket of this.#all) {
      if (this.#shared) socket.release();
      else socket.close();
    }
    this.#all = [];
  }
}
