import { ConfigError } from './diagnostic.ts';

/** From and to, both included. */
export type StatusRange = readonly [from: number, to: number];

/** Reads `200`, `200-399` and `5xx`. Throws ConfigError. */
export function readStatusRange(text: string): StatusRange {
  const hundreds = /^([1-5])xx$/i.exec(text.trim())?.[1];
  if (hundreds !== undefined) return [Number(hundreds) * 100, Number(hundreds) * 100 + 99];
  const parts = /^([1-5][0-9]{2})(?:-([1-5][0-9]{2}))?$/.exec(text.trim());
  const from = Number(parts?.[1] ?? 0);
  const to = Number(parts?.[2] ?? from);
  if (from === 0 || to < from)
    throw new ConfigError(`\`${text}\` is no status`, 'statuses such as "503", "500-504" or "5xx"');
  return [from, to];
}

/** Of a list of them. */
export function checkStatusRanges(texts: readonly string[]): void {
  for (const text of texts) readStatusRange(text);
}
