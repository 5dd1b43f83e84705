import type { Slot } from './slot.ts';

export interface FileCacheLimits {
  /** Contents, compressed forms and a fixed price per entry. */
  readonly memoryBytesMax: number;
  readonly entriesMax: number;
  /** Kept open for files that are not in memory. */
  readonly descriptorsMax: number;
}

/**
 * Bounds what is remembered of files. The slots stand in a circle with a hand (second chance): the hand passes over one
 * that was used since it came by last, and removes the first that was not. A use is only the setting of a flag.
 */
export class FileCache {
  readonly #limits: FileCacheLimits;
  readonly #dropped: (slot: Slot) => void;
  // In the order of the circle; the hand is at the beginning.
  readonly #slots = new Set<Slot>();
  readonly #withDescriptors = new Set<Slot>();
  #bytes = 0;
  #descriptors = 0;

  /** @param dropped is told about each slot that leaves. */
  constructor(limits: FileCacheLimits, dropped: (slot: Slot) => void) {
    this.#limits = limits;
    this.#dropped = dropped;
  }

  get size(): number {
    return this.#slots.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get descriptors(): number {
    return this.#descriptors;
  }

  /** Takes a slot in, or counts again what one takes. Call `trim` when its entry has been handed out. */
  count(slot: Slot): void {
    const { memoryBytes, descriptors } = slot.entry;
    this.#slots.add(slot);
    this.#bytes += memoryBytes - slot.countedBytes;
    this.#descriptors += descriptors - slot.countedDescriptors;
    slot.countedBytes = memoryBytes;
    slot.countedDescriptors = descriptors;
    if (descriptors > 0) this.#withDescriptors.add(slot);
    else this.#withDescriptors.delete(slot);
  }

  remove(slot: Slot): void {
    if (!this.#slots.delete(slot)) return;
    this.#withDescriptors.delete(slot);
    this.#bytes -= slot.countedBytes;
    this.#descriptors -= slot.countedDescriptors;
    slot.countedBytes = 0;
    slot.countedDescriptors = 0;
    this.#dropped(slot);
    slot.entry.drop();
  }

  trim(): void {
    const { memoryBytesMax, entriesMax, descriptorsMax } = this.#limits;
    this.#turn(this.#withDescriptors, () => this.#descriptors > descriptorsMax);
    this.#turn(this.#slots, () => this.#bytes > memoryBytesMax || this.#slots.size > entriesMax);
  }

  /** Removes slots that keep descriptors and were not used since `time`: a removed file must give its space back. */
  closeUnused(time: number): void {
    for (const slot of this.#withDescriptors) if (slot.usedAt < time) this.remove(slot);
  }

  /** Gives all descriptors back that nobody reads from: the process has run out of them. */
  closeAll(): void {
    for (const slot of this.#withDescriptors) this.remove(slot);
  }

  clear(): void {
    for (const slot of this.#slots) this.remove(slot);
  }

  /** What is put behind the others comes round once more, without its flag: this ends. */
  #turn(circle: Set<Slot>, full: () => boolean): void {
    if (!full()) return;
    for (const slot of circle) {
      if (slot.used) {
        slot.used = false;
        circle.delete(slot);
        circle.add(slot);
        continue;
      }
      this.remove(slot);
      if (!full()) return;
    }
  }
}
