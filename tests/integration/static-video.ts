// A film that is too long to be loaded whole: a small one, with much of nothing between its seconds.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../helpers/paths.ts';

const CLUSTER = 0x1f43b675;
const SEGMENT = 0x18538067;
const CUES = 0x1c53bb6b;
const KEPT = [0x1549a966, 0x1654ae6b]; // Info, Tracks

interface Element {
  id: number;
  whole: Buffer;
  content: Buffer;
}

/**
 * clip.webm lasts 10 seconds: in second `n` its picture has the colour rgb(25n, 255 - 25n, 60). Each of its clusters, of a second
 * or two, is followed by `gapBytes` that players skip, and an index at the front says where the clusters are.
 */
export function longVideo(gapBytes: number): Buffer {
  const film = elements(readFileSync(join(root, 'tests', 'integration', 'clip.webm')));
  const [head] = film;
  const segment = film.find(({ id }) => id === SEGMENT);
  if (head === undefined || segment === undefined) throw new Error('clip.webm is not a WebM file');
  const parts = elements(segment.content);
  const clusters = parts.filter(({ id }) => id === CLUSTER);
  const front = parts.filter(({ id }) => KEPT.includes(id)).map(({ whole }) => whole);
  const gap = element(0xec, Buffer.alloc(gapBytes));
  const index = (positions: readonly number[]) =>
    element(
      CUES,
      ...clusters.map(({ content }, i) =>
        element(
          0xbb,
          element(0xb3, elements(content).find(({ id }) => id === 0xe7)?.content ?? integer(0)),
          element(0xb7, element(0xf7, integer(1)), element(0xf1, integer(positions[i] ?? 0))),
        ),
      ),
    );
  let position = Buffer.concat([...front, index([])]).length;
  const positions: number[] = [];
  for (const cluster of clusters) {
    positions.push(position);
    position += cluster.whole.length + gap.length;
  }
  const body = [...front, index(positions), ...clusters.flatMap(({ whole }) => [whole, gap])];
  return Buffer.concat([head.whole, element(SEGMENT, ...body)]);
}

/** RFC 8794: an id, a length, the content, one element after the other. */
function elements(bytes: Buffer): Element[] {
  const found: Element[] = [];
  for (let at = 0; at < bytes.length; ) {
    const idLength = Math.clz32(bytes[at] ?? 0) - 23;
    const id = bytes.readUIntBE(at, idLength);
    const sizeAt = at + idLength;
    const sizeLength = Math.clz32(bytes[sizeAt] ?? 0) - 23;
    let size = (bytes[sizeAt] ?? 0) & (0xff >> sizeLength);
    for (let i = 1; i < sizeLength; i++) size = size * 256 + (bytes[sizeAt + i] ?? 0);
    const start = sizeAt + sizeLength;
    found.push({ id, whole: bytes.subarray(at, start + size), content: bytes.subarray(start, start + size) });
    at = start + size;
  }
  return found;
}

function element(id: number, ...content: Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const idBytes = Buffer.from(id.toString(16).padStart(2, '0'), 'hex');
  const size = integer(body.length);
  size[0] = 1; // a length of eight bytes, whose first says so
  return Buffer.concat([idBytes, size, body]);
}

/** Eight bytes. */
function integer(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}
