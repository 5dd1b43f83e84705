import { trimOws } from './token.ts';

/**
 * Whether a client would rather have `wanted` than `otherwise`, two media types in lower case (RFC 9110 12.5.1). The greater
 * weight wins; of equal ones the one that is named more exactly (any type and JSON by name means JSON). Else it is `otherwise`.
 */
export function prefersType(header: string, wanted: string, otherwise: string): boolean {
  const ranges = header.split(',').map(readRange);
  const first = weightOf(ranges, wanted);
  const second = weightOf(ranges, otherwise);
  if (first.weight === 0) return false;
  return first.weight === second.weight ? first.exactness > second.exactness : first.weight > second.weight;
}

/** The value of Accept as one list; '' when there is none. */
export function acceptHeader(lower: readonly string[], fields: readonly string[]): string {
  let value = '';
  for (let i = 0; i < lower.length; i++) {
    if (lower[i] === 'accept') value += `${value === '' ? '' : ','}${fields[2 * i + 1] ?? ''}`;
  }
  return value;
}

interface Range {
  readonly type: string;
  /** Thousandths; 0: not wanted. */
  readonly weight: number;
}

/** A range that most exactly fits decides, whatever its weight. */
function weightOf(ranges: readonly Range[], type: string): { weight: number; exactness: number } {
  let found = { weight: 0, exactness: 0 };
  for (const range of ranges) {
    const exactness = exactnessOf(range.type, type);
    if (exactness > found.exactness) found = { weight: range.weight, exactness };
  }
  return found;
}

function exactnessOf(range: string, type: string): number {
  if (range === type) return 3;
  if (range === '*/*') return 1;
  return range.endsWith('/*') && type.startsWith(range.slice(0, -1)) ? 2 : 0;
}

function readRange(element: string): Range {
  const [name = '', ...parameters] = element.split(';');
  let weight = 1000;
  for (const parameter of parameters) {
    const match = /^q[ \t]*=[ \t]*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)$/i.exec(trimOws(parameter));
    if (match !== null) weight = Math.round(Number(match[1]) * 1000);
  }
  return { type: trimOws(name).toLowerCase(), weight };
}
