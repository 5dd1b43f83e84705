import { createReadStream, stat } from 'node:fs';
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
  #version = '';
  #checkedAt = -Infinity;
  #busy = false;

  /** @param now milliseconds on a clock that is never set back. */
  constructor(path: string, now: () => number = () => performance.now()) {
    this.#path = path;
    this.#now = now;
  }

  /** How many names with a hash it has. */
  get size(): number {
    return this.#hashes.length;
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
        this.#hashes = new Float64Array(0);
        this.#version = '';
        return finish();
      }
      const version = `${found.ino}.${found.size}.${found.mtimeNs}`;
      if (version === this.#version) return finish();
      this.#read(version, finish);
    });
  }

  #read(version: string, finish: () => void): void {
    const scanner = new ManifestScanner();
    const stream = createReadStream(this.#path, { highWaterMark: PIECE_BYTES });
    stream.on('data', (piece) => scanner.push(piece as Buffer));
    stream.on('error', finish);
    stream.on('end', () => {
      // Half a file, in the middle of being written: the names known so far stay, and it is read again.
      const hashes = scanner.end();
      if (hashes !== null) {
        this.#hashes = hashes;
        this.#version = version;
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
