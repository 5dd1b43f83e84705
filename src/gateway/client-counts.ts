import type { Socket } from 'node:net';
import { addressKey } from '../middleware/access/access-key.ts';

/** How many connections each client has. It holds no more clients than there are connections. */
export class ClientCounts {
  readonly #open = new Map<string, number>();

  /** Counts a connection until it is closed; false: the client has `max` already. */
  add(socket: Socket, address: string, max: number): boolean {
    const key = addressKey(address);
    const open = this.#open.get(key) ?? 0;
    if (open >= max) return false;
    this.#open.set(key, open + 1);
    socket.once('close', () => {
      const left = (this.#open.get(key) ?? 1) - 1;
      if (left > 0) this.#open.set(key, left);
      else this.#open.delete(key);
    });
    return true;
  }

  get size(): number {
    return this.#open.size;
  }
}
