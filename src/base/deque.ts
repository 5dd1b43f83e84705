/** A first-in-first-out queue with a fixed capacity, on a ring: no allocation per item, no shifting. */
export class Deque<T> {
  readonly #items: (T | undefined)[];
  readonly #mask: number;
  readonly capacity: number;
  #head = 0;
  #size = 0;

  /** @param capacity how many items fit; `push` beyond it is refused. */
  constructor(capacity: number) {
    this.capacity = capacity;
    let slots = 1;
    while (slots < capacity) slots *= 2;
    this.#items = [];
    this.#mask = slots - 1;
  }

  get size(): number {
    return this.#size;
  }

  /** False when the queue is full. */
  push(item: T): boolean {
    if (this.#size === this.capacity) return false;
    this.#items[(this.#head + this.#size) & this.#mask] = item;
    this.#size += 1;
    return true;
  }

  peek(): T | undefined {
    return this.#size === 0 ? undefined : this.#items[this.#head];
  }

  shift(): T | undefined {
    if (this.#size === 0) return undefined;
    const item = this.#items[this.#head];
    this.#items[this.#head] = undefined;
    this.#head = (this.#head + 1) & this.#mask;
    this.#size -= 1;
    return item;
  }

  /** Drops the items that `keep` refuses; the others stay in order. */
  retain(keep: (item: T) => boolean): void {
    const kept: T[] = [];
    for (let item = this.shift(); item !== undefined; item = this.shift()) if (keep(item)) kept.push(item);
    for (const item of kept) this.push(item);
  }
}
