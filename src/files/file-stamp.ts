import type { BigIntStats } from 'node:fs';

/** Which file it is, and which version of it. */
export interface FileStamp {
  readonly dev: bigint;
  readonly ino: bigint;
  /** Bytes. */
  readonly size: number;
  /** Nanoseconds since 1970. */
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
  /**
   * The stamp was taken so shortly after the last change that another change could leave it as it is: file systems
   * count time in steps of milliseconds, some of two seconds.
   */
  readonly young: boolean;
}

/** @param wallMs milliseconds since 1970, when `stat` was made. */
export function stampOf(stat: BigIntStats, wallMs: number): FileStamp {
  const ageMs = wallMs - Number(stat.mtimeNs / 1_000_000n);
  return {
    dev: stat.dev,
    ino: stat.ino,
    size: Number(stat.size),
    mtimeNs: stat.mtimeNs,
    ctimeNs: stat.ctimeNs,
    young: ageMs < YOUNG_MS && ageMs > -YOUNG_MS,
  };
}

/** Still the same version. Says nothing when the first stamp was young. */
export function sameVersion(a: FileStamp, b: FileStamp): boolean {
  return (
    a.mtimeNs === b.mtimeNs &&
    a.size === b.size &&
    a.ino === b.ino &&
    a.dev === b.dev &&
    a.ctimeNs === b.ctimeNs
  );
}

/**
 * A strong validator (RFC 9110 8.8.3): time of the last change and size, so that machines with the same release agree.
 * Where this could be said of two different contents, something is added that is never said twice (a young file) or
 * that tells files apart on this machine (times that build tools set to one date for all, as 1970-01-01 or 1980-01-01).
 * `coding` ends up within the quotes.
 */
export function etagOf(stamp: FileStamp, coding = ''): string {
  const plain = `${stamp.mtimeNs.toString(16)}-${stamp.size.toString(16)}`;
  const suffix = coding === '' ? '' : `-${coding}`;
  if (stamp.young) return `"${plain}-${nonce()}${suffix}"`;
  if (stamp.mtimeNs < ARTIFICIAL_BEFORE_NS) {
    return `"${plain}-${stamp.ino.toString(16)}-${stamp.ctimeNs.toString(16)}${suffix}"`;
  }
  return `"${plain}${suffix}"`;
}

const YOUNG_MS = 2000;
/** 1981-01-01: no file that is served was last changed before. */
const ARTIFICIAL_BEFORE_NS = 347_155_200_000_000_000n;

const processPart = Math.floor(Math.random() * 2 ** 32).toString(36);
let nonces = 0;

function nonce(): string {
  nonces += 1;
  return `y${processPart}.${nonces.toString(36)}`;
}
