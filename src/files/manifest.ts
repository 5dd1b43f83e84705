import { createReadStream, stat } from 'node:fs';
import { manifestFault } from './manifest-fault.ts';
import { ManifestScanner } from './manifest-scanner.ts';
import { nameHash } from './name-hash.ts';

/**
 * Django's staticfiles.json: which names hold a hash of their content. Read when it is first asked, beside the
 * requests, and again when the file has changed; until then the answer is no, which only costs a shorter life.
 */
export class Manifest {
  readonly #path: string;
  readonly #now: () => number;
  #hashes: Float64Array = new Float64Array(0);
  #version = 0;
  #stamp = '';
  #checkedAt = -Infinity;
  #busy = false;
  readonly #broken: ((fault: string) => void) | null;
  /** Undefined: it was not looked for yet. */
  #fault: string | null | undefined;

  /**
   * @param now milliseconds on a clock that is never set back.
   * @param broken is told what is wrong when the file changes to a broken one; how it was at first is not news.
   */
  constructor(
    path: string,
    now: () => number = () => performance.now(),
    broken: ((fault: string) => void) | null = null,
  ) {
    this.#path = path;
    this.#now = now;
    this.#broken = broken;
  }

  /** How many names with a hash it has. */
  get size(): number {
    return this.#hashes.length;
  }

  /** Becomes another number when other names are known. */
  get version(): number {
    if (this.#now() - this.#checkedAt > RECHECK_MS) this.refresh();
    return this.#version;
  }

  /** `name`: below STATIC_ROOT, one latin-1 code point a byte. Answers from memory. */
  isImmutable(name: string): boolean {
    if (this.#now() - this.#checkedAt > RECHECK_MS) this.refresh();
    return includes(this.#hashes, nameHash(name));
  }

  /** Reads the file if it has changed. `done` is for whoever wants to wait for it. */
  refresh(done: () => void = () => {}): void {
    if (this.#busy) return done();
    this.#busy = true;
    this.#checkedAt = this.#now();
    const finish = (): void => {
      this.#busy = false;
      done();
    };
    stat(this.#path, { bigint: true }, (error, found) => {
      if (error !== null || !found.isFile() || found.size > MANIFEST_BYTES_MAX) {
        this.#know(new Float64Array(0));
        this.#stamp = '';
        return this.#judge(finish);
      }
      const stamp = `${found.ino}.${found.size}.${found.mtimeNs}`;
      if (stamp === this.#stamp) return finish();
      this.#read(stamp, () => this.#judge(finish));
    });
  }

  /** Whether Django could read it. */
  #judge(finish: () => void): void {
    const broken = this.#broken;
    if (broken === null) return finish();
    void manifestFault(this.#path).then((fault) => {
      if (this.#fault !== undefined && fault !== null && fault !== this.#fault) broken(fault);
      this.#fault = fault;
      finish();
    });
  }

  #know(hashes: Float64Array): void {
    if (hashes.length > 0 || this.#hashes.length > 0) this.#version += 1;
    this.#hashes = hashes;
  }

  #read(stamp: string, finish: () => void): void {
    const scanner = new ManifestScanner();
    const stream = createReadStream(this.#path, { highWaterMark: PIECE_BYTES });
    stream.on('data', (piece) => scanner.push(piece as Buffer));
    stream.on('error', finish);
    stream.on('end', () => {
      // Half a file, in the middle of being written: the names known so far stay, and it is read again.
      const hashes = scanner.end();
      if (hashes !== null) {
        this.#know(hashes);
        this.#stamp = stamp;
      }
      finish();
    });
  }
}

const RECHECK_MS = 1000;
const MANIFEST_BYTES_MAX = 268_435_456;
/** What is read in one turn of the event loop. */
const PIECE_BYTES = 65_536;

function includes(sorted: Float64Array, value: number): boolean {
  let low = 0;
  let high = sorted.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const found = sorted[middle] as number;
    if (found === value) return true;
    if (found < value) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}
