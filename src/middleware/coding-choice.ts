import { acceptedCodings, acceptEncoding, type Coding } from '../http/accept-encoding.ts';
import type { HeaderBlock } from '../http/request.ts';

/** Which coding a request gets. */
export interface CodingChoice {
  readonly coding: Coding;
  /** The length of the response must not tell how well it compressed: only gzip can be padded. */
  readonly padded: boolean;
}

/**
 * Chooses by what the client takes, and by whether it showed who it is; null: none. With Cookie or Authorization,
 * `safe` chooses nothing, and `on` only gzip, padded.
 */
export function chooseCoding(
  block: HeaderBlock,
  mode: 'safe' | 'on',
  offered: readonly Coding[],
): CodingChoice | null {
  // HTTP/1.0 could be told the end of a stream only by closing its connection.
  if (block.minor === 0) return null;
  const header = acceptEncoding(block.lower, block.fields);
  if (header === '') return null;
  const known = hasCredentials(block.lower);
  if (known && mode === 'safe') return null;
  const coding = acceptedCodings(header, known ? PADDABLE : offered).codings[0];
  return coding === undefined ? null : { coding, padded: known };
}

const PADDABLE: readonly Coding[] = ['gzip'];

function hasCredentials(lower: readonly string[]): boolean {
  return lower.includes('cookie') || lower.includes('authorization');
}
