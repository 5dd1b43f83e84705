import type { BindAddress } from '../config/bind.ts';
import { BindError, type BoundSocket, bindSocket } from '../net/bind.ts';
import type { InheritedSockets } from '../net/inherited-sockets.ts';

export interface ListeningSocketsOptions {
  /** Permissions of Unix sockets. */
  readonly socketMode: number;
  /** Sockets that are bound already: they are taken for the addresses they are bound to. */
  readonly inherited: InheritedSockets | undefined;
}

/** A socket that the gateways accept on. */
export interface ServedSocket extends BoundSocket {
  /** It is for the health of the server only. */
  readonly admin: boolean;
}

/** The sockets that a server serves on. The master has them open for as long as it serves, whatever becomes of its gateways. */
export class ListeningSockets {
  readonly options: ListeningSocketsOptions;
  #all: readonly ServedSocket[] = [];
  #shared = false;

  constructor(options: ListeningSocketsOptions) {
    this.options = options;
  }

  get all(): readonly ServedSocket[] {
    return this.#all;
  }

  /** Whether another master serves on them, too. */
  get shared(): boolean {
    return this.#shared;
  }

  /** Binds one after another; the first that can't be had is told, and what was bound before stays until `close`. */
  async bind(addresses: readonly BindAddress[], admin: BindAddress | null): Promise<BindError | null> {
    const bound: ServedSocket[] = [];
    this.#all = bound;
    for (const address of admin === null ? addresses : [...addresses, admin]) {
      try {
        bound.push({ ...(await bindSocket(address, this.options)), admin: address === admin });
      } catch (error) {
        if (error instanceof BindError) return error;
        throw error;
      }
    }
    return null;
  }

  /** From now on it serves on these. */
  adopt(sockets: readonly ServedSocket[]): void {
    this.#all = sockets;
  }

  /** Another master serves on them, too: its files of Unix sockets stay where they are. */
  share(): void {
    this.#shared = true;
  }

  /** Closes those that clients come to; the health can still be asked for, unless there is another master to ask. */
  closeToClients(): void {
    this.#close((socket) => this.#shared || !socket.admin);
  }

  close(): void {
    this.#close(() => true);
  }

  #close(which: (socket: ServedSocket) => boolean): void {
    for (const socket of this.#all) {
      if (!which(socket)) continue;
      if (this.#shared) socket.release();
      else socket.close();
    }
    this.#all = this.#all.filter((socket) => !which(socket));
  }
}
