import { BLOCK_SLOTS } from '../wire/frame.ts';

/** A header block as it goes to workers, encoded once; remembers in which slot of which link it stands. */
export class EncodedBlock {
  readonly marshalled: string;
  /** By worker number. Only a hint: the link's table has the last word. */
  readonly slots: number[] = [];

  constructor(marshalled: string) {
    this.marshalled = marshalled;
  }
}

/** One link's table of header blocks, mirrored by the worker (docs/internals/wire.md, "Header blocks"). */
export class HeaderSlots {
  readonly #worker: number;
  readonly #table: (EncodedBlock | undefined)[] = [];
  #next = 0;

  constructor(worker: number) {
    this.#worker = worker;
  }

  /** The slot where the worker already has this block, or -1. */
  find(block: EncodedBlock): number {
    const slot = block.slots[this.#worker];
    return slot !== undefined && this.#table[slot] === block ? slot : -1;
  }

  /** Gives the block a slot, in turn; what stood there is forgotten on both sides. */
  place(block: EncodedBlock): number {
    const slot = this.#next;
    this.#next = (slot + 1) % BLOCK_SLOTS;
    this.#table[slot] = block;
    block.slots[this.#worker] = slot;
    return slot;
  }

  /** Takes a placement back that the worker never heard of. */
  forget(slot: number): void {
    this.#table[slot] = undefined;
  }
}
