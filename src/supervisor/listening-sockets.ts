import type { BindAddress } from '../config/bind.ts';
import { BindError, type BoundSocket, bindSocket } from '../net/bind.ts';
import type { InheritedSockets } from '../net/inherited-sockets.ts';

export interface ListeningSocketsOptions {
  /** Permissions of Unix sockets. */
  readonly socketMode: number;
  /** Sockets that are bound already: they are taken for the addresses they are bound to. */
  readonly inherited: InheritedSockets | undefined;
}

/** Where to listen. */
export interface Addresses {
  readonly binds: readonly BindAddress[];
  readonly adminBind: BindAddress | null;
  /** Not null: addresses that do not say what is spoken there speak TLS. */
  readonly tls: object | null;
}

/** A socket that the gateways accept on. */
export interface ServedSocket extends BoundSocket {
  /** It is for the health of the server only. */
  readonly admin: boolean;
  readonly tls: boolean;
}

/** Nobody begins a handshake there. */
const HTTP_PORT = 80;

/** The socket, with what it is for. @param tls whether addresses that do not say it speak TLS. */
export function served(
  socket: BoundSocket,
  bind: BindAddress,
  { admin, tls }: { readonly admin: boolean; readonly tls: boolean },
): ServedSocket {
  const said = bind.kind === 'tcp' ? bind.tls : null;
  // Probes come without certificates, and a Unix socket has no stranger on the way.
  const speaks = said ?? (tls && !admin && !socket.unix && socket.port !== HTTP_PORT);
  const url = socket.unix ? socket.url : socket.url.replace(/^https?:/, speaks ? 'https:' : 'http:');
  return { ...socket, url, admin, tls: speaks };
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
  async bind({ binds, adminBind: admin, tls }: Addresses): Promise<BindError | null> {
    const bound: ServedSocket[] = [];
    this.#all = bound;
    for (const address of admin === null ? binds : [...binds, admin]) {
      try {
        const socket = await bindSocket(address, this.options);
        bound.push(served(socket, address, { admin: address === admin, tls: tls !== null }));
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
