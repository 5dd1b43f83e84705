import { Deque } from '../base/deque.ts';
import type { Coding } from '../http/accept-encoding.ts';
import { compressVariant } from './compressed-variant.ts';
import type { LoadedFile } from './loaded-file.ts';

type Done = (variant: LoadedFile | null) => void;

interface Job {
  readonly file: LoadedFile;
  readonly coding: Coding;
  readonly waiters: Done[];
}

/** What has been tried with one file. */
interface Tried {
  readonly jobs: Map<Coding, Job>;
  /** Not worth it. */
  readonly refused: Set<Coding>;
  /** Made by us, and to be made better when the file proves hot. */
  readonly fast: Set<Coding>;
}

/**
 * Makes compressed forms of files in memory: quickly for the first client that wants one, thoroughly, one at a time,
 * once a file is wanted often. Few run at once, so that the threads of the pool stay free for reading files.
 */
export class Compressor {
  readonly #tried = new WeakMap<LoadedFile, Tried>();
  readonly #waiting = new Deque<Job>(WAITING_MAX);
  readonly #toRefine = new Deque<LoadedFile>(WAITING_MAX);
  #running = 0;
  #refining = false;

  /** Calls back with null when it isn't worth it or too many wait already: then the file is sent as it is. */
  make(file: LoadedFile, coding: Coding, done: Done): void {
    const made = file.variant(coding);
    if (made !== null || !file.compressible) return done(made);
    const tried = this.#of(file);
    if (tried.refused.has(coding)) return done(null);
    const job = tried.jobs.get(coding);
    if (job !== undefined) {
      job.waiters.push(done);
      return;
    }
    const fresh = { file, coding, waiters: [done] };
    if (this.#running < RUNNING_MAX) {
      tried.jobs.set(coding, fresh);
      this.#run(fresh);
    } else if (this.#waiting.push(fresh)) {
      tried.jobs.set(coding, fresh);
    } else {
      done(null);
    }
  }

  /** The file is used often: its compressed forms are made again, smaller. */
  refine(file: LoadedFile): void {
    const tried = this.#tried.get(file);
    if (tried === undefined || tried.fast.size === 0) return;
    if (!this.#refining) this.#refineAll(file, tried);
    else this.#toRefine.push(file);
  }

  #of(file: LoadedFile): Tried {
    let tried = this.#tried.get(file);
    if (tried === undefined) {
      tried = { jobs: new Map(), refused: new Set(), fast: new Set() };
      this.#tried.set(file, tried);
    }
    return tried;
  }

  #run(job: Job): void {
    const { file, coding } = job;
    this.#running += 1;
    compressVariant(file, coding, 'fast', (variant) => {
      this.#running -= 1;
      const tried = this.#of(file);
      tried.jobs.delete(coding);
      if (variant === null) {
        tried.refused.add(coding);
      } else {
        tried.fast.add(coding);
        file.setVariant(coding, variant);
      }
      const next = this.#waiting.shift();
      if (next !== undefined) this.#run(next);
      for (const done of job.waiters) done(variant);
    });
  }

  #refineAll(file: LoadedFile, tried: Tried): void {
    const [coding] = tried.fast;
    if (coding === undefined) return this.#refineNext();
    this.#refining = true;
    tried.fast.delete(coding);
    compressVariant(file, coding, 'best', (variant) => {
      this.#refining = false;
      if (variant !== null && variant.size < (file.variant(coding)?.size ?? 0))
        file.setVariant(coding, variant);
      this.#refineAll(file, tried);
    });
  }

  #refineNext(): void {
    const file = this.#toRefine.shift();
    if (file !== undefined) this.refine(file);
  }
}

/** Of the four threads of libuv's pool. */
const RUNNING_MAX = 2;
const WAITING_MAX = 32;
