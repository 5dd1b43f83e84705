/**
 * Contents that are being sent to clients, whether the cache still knows them or not: a client that reads slowly keeps a whole file in memory.
 * One account for the process.
 */
class HeldMemory {
  readonly #senders = new Map<Buffer, number>();
  #bytes = 0;

  /** Of all contents that are held, each counted once. */
  get bytes(): number {
    return this.#bytes;
  }

  hold(contents: Buffer): void {
    const senders = this.#senders.get(contents) ?? 0;
    if (senders === 0) this.#bytes += contents.length;
    this.#senders.set(contents, senders + 1);
  }

  release(contents: Buffer): void {
    const senders = this.#senders.get(contents);
    if (senders === undefined) return;
    if (senders > 1) this.#senders.set(contents, senders - 1);
    else {
      this.#senders.delete(contents);
      this.#bytes -= contents.length;
    }
  }
}

export const heldMemory = new HeldMemory();
