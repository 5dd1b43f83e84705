/** A block of variables has its length in two bytes. */
const BLOCK_BYTES_MAX = 65_535;
const HEADER_BYTES = 4;

/**
 * Variables as the uwsgi protocol sends them: a header of four bytes, then length and text of each name and value, little-endian. The
 * body follows as it is. Null: they are too long for it.
 * @param variables flat name, value; latin-1
 */
export function uwsgiBlock(variables: readonly string[]): Buffer | null {
  let bytes = 0;
  for (const text of variables) bytes += 2 + text.length;
  if (bytes > BLOCK_BYTES_MAX) return null;
  const block = Buffer.allocUnsafe(HEADER_BYTES + bytes);
  block.writeUInt8(0, 0);
  block.writeUInt16LE(bytes, 1);
  block.writeUInt8(0, 3);
  let at = HEADER_BYTES;
  for (const text of variables) {
    block.writeUInt16LE(text.length, at);
    block.write(text, at + 2, 'latin1');
    at += 2 + text.length;
  }
  return block;
}
