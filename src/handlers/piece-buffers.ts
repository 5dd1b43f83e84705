/** Files that are not in memory are read and sent in pieces of this size. */
export const PIECE_BYTES = 131_072;

/** Buffers kept for the next download. */
const FREE_MAX = 32;

const free: Buffer[] = [];

/** A buffer of PIECE_BYTES, its contents undefined. */
export function takeBuffer(): Buffer {
  return free.pop() ?? Buffer.allocUnsafeSlow(PIECE_BYTES);
}

/** Gives one back that nobody reads or writes any more. */
export function giveBuffer(buffer: Buffer): void {
  if (free.length < FREE_MAX) free.push(buffer);
}
