import { trimOws } from './token.ts';

/** The content codings we can make (RFC 9110 8.4.1, RFC 7932, RFC 8878). */
export type Coding = 'br' | 'zstd' | 'gzip';

export interface AcceptedCodings {
  /** To be tried in this order; empty: send it as it is. */
  readonly codings: readonly Coding[];
  /** False when the client refuses a response without a coding. */
  readonly identity: boolean;
}

/**
 * What the client takes (RFC 9110 12.5.3) out of `offered`, which is in order of our preference: what it likes better
 * comes first, and ours decides among equals. A coding it likes less than no coding is left out. '' is no header:
 * anything would be allowed, but only what was asked for is safe. An element that is malformed is passed over.
 */
export function acceptedCodings(header: string, offered: readonly Coding[]): AcceptedCodings {
  if (header === '' || offered.length === 0) return header === '' ? AS_IT_IS : read(header, offered);
  let key = 0;
  for (let i = 0; i < offered.length; i++) key = key * 4 + NUMBERS[offered[i] as Coding];
  const known = answers.get(header);
  const answer = known?.[key];
  if (answer !== undefined) return answer;
  const made = read(header, offered);
  if (known !== undefined) known[key] = made;
  else remember(header, key, made);
  return made;
}

/** The value of Accept-Encoding as one list; '' when there is none. */
export function acceptEncoding(lower: readonly string[], fields: readonly string[]): string {
  let value = '';
  for (let i = 0; i < lower.length; i++) {
    if (lower[i] !== 'accept-encoding') continue;
    const line = fields[2 * i + 1] ?? '';
    value = value === '' ? line : `${value},${line}`;
  }
  return value;
}

const AS_IT_IS: AcceptedCodings = { codings: [], identity: true };
const NUMBERS: Readonly<Record<Coding, number>> = { br: 1, zstd: 2, gzip: 3 };
const ANSWERS_MAX = 256;
const REMEMBERED_CHARS_MAX = 256;
/** By header text and then by what was offered, as a number: browsers send a handful of texts. */
const answers = new Map<string, Record<number, AcceptedCodings>>();

function remember(header: string, key: number, answer: AcceptedCodings): void {
  if (header.length > REMEMBERED_CHARS_MAX) return;
  // Whoever fills it with inventions makes others be read once more; a full map that stays would make them be read
  // for ever.
  if (answers.size >= ANSWERS_MAX) answers.clear();
  // A copy: the value is a slice that would keep its whole request head in memory.
  answers.set(Buffer.from(header, 'latin1').toString('latin1'), { [key]: answer });
}

function read(header: string, offered: readonly Coding[]): AcceptedCodings {
  const weights = new Map<string, number>();
  for (const element of header.split(',')) {
    const semicolon = element.indexOf(';');
    const name = trimOws(semicolon === -1 ? element : element.slice(0, semicolon)).toLowerCase();
    const weight = semicolon === -1 ? 1000 : readWeight(trimOws(element.slice(semicolon + 1)));
    if (name === '' || weight === -1) continue;
    // 8.4.1.3: x-gzip is the old name. Said twice, the first counts.
    const known = name === 'x-gzip' ? 'gzip' : name;
    if (!weights.has(known)) weights.set(known, weight);
  }
  const other = weights.get('*') ?? 0;
  const identity = weights.get('identity');
  const floor = Math.max(1, identity ?? 0);
  const weighed = offered.map((coding) => ({ coding, weight: weights.get(coding) ?? other }));
  const codings = weighed
    .filter(({ weight }) => weight >= floor)
    .sort((a, b) => b.weight - a.weight)
    .map(({ coding }) => coding);
  const refused = identity === 0 || (identity === undefined && weights.get('*') === 0);
  return { codings, identity: !refused };
}

/** `q=0.5` in thousandths (RFC 9110 12.4.2); -1 when it is something else. */
function readWeight(text: string): number {
  const match = /^q[ \t]*=[ \t]*(?:(0)(?:\.([0-9]{0,3}))?|1(?:\.0{0,3})?)$/i.exec(text);
  if (match === null) return -1;
  return match[1] === undefined ? 1000 : Number((match[2] ?? '').padEnd(3, '0'));
}
