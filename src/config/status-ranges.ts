import { ConfigError } from './diagnostic.ts';

/** From and to, both included. */
export type StatusRange = readonly [from: number, to: number];

/** Reads `200` and `200-399`. Throws ConfigError. */
export function readStatusRange(text: string): StatusRange {
  const parts = /^([1-5][0-9]{2})(?:-([1-5][0-9]{2}))?$/.exec(text.trim());
  const from = Number(parts?.[1] ?? 0);
  const to = Number(parts?.[2] ?? from);
  if (from === 0 || to < from)
    throw new ConfigError(`\`${text}\` is no status`, 'statuses such as "503" or "500-599"');
  return [from, to];
}

/** Of a list of them. */
export function checkStatusRanges(texts: readonly string[]): void {
  for (const text of texts) readStatusRange(text);
}
