import type { WorkerStream } from './worker-stream.ts';

/** Places that are found without searching; a power of two. More streams of one link than this are rarely open. */
const PLACES = 1024;

/**
 * The streams of one link by their ids. Ids rise and most streams are over soon, so that each has a place of its own; one that finds its place
 * taken, because another lasts, is kept beside it.
 */
export class StreamTable {
  readonly #places: (WorkerStream | undefined)[] = [];
  readonly #beside = new Map<number, WorkerStream>();

  /** A stream that has its id, which is not in here. */
  add(stream: WorkerStream): void {
    const place = stream.id & (PLACES - 1);
    if (this.#places[place] === undefined) this.#places[place] = stream;
    else this.#beside.set(stream.id, stream);
  }

  get(id: number): WorkerStream | undefined {
    const found = this.#places[id & (PLACES - 1)];
    if (found !== undefined && found.id === id) return found;
    return this.#beside.size === 0 ? undefined : this.#beside.get(id);
  }

  delete(stream: WorkerStream): void {
    const place = stream.id & (PLACES - 1);
    if (this.#places[place] === stream) this.#places[place] = undefined;
    else this.#beside.delete(stream.id);
  }

  clear(): void {
    this.#places.length = 0;
    this.#beside.clear();
  }

  /** In the order in which they were begun. */
  get all(): WorkerStream[] {
    const streams = this.#places.filter((stream) => stream !== undefined);
    streams.push(...this.#beside.values());
    // Ids begin anew at 2^32 (docs/internals/wire.md, "Frames").
    return streams.sort((a, b) => (a.id - b.id) | 0);
  }
}
