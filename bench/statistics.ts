// What is said about many short rounds: medians, ratios within a round, their spread. Pure.

/** The middle value; of an even number the mean of the two in the middle. NaN of nothing. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The value below which `share` (0 to 1) of the values lie, interpolated between neighbours. NaN of nothing. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}

/** A ratio of two servers: what the rounds say in the middle, and between which values all of them lie. */
export interface Ratio {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/**
 * How many times `a` is `b`, round by round: what happens to the machine between two rounds cancels out. Rounds that only one of
 * them has, and rounds in which `b` did nothing at all, don't count. Undefined when none is left.
 */
export function ratioOf(a: readonly number[], b: readonly number[]): Ratio | undefined {
  const ratios: number[] = [];
  for (const [round, value] of a.entries()) {
    const other = b[round];
    if (other !== undefined && other > 0 && value >= 0) ratios.push(value / other);
  }
  if (ratios.length === 0) return undefined;
  return { median: median(ratios), low: Math.min(...ratios), high: Math.max(...ratios) };
}
