// What was measured, in the form that tables, charts and goals are made from. Pure.
import { median, type Ratio, ratioOf } from './statistics.ts';

/** One work, all servers. */
export interface Measure {
  readonly work: string;
  /** What was done, for a heading. */
  readonly title: string;
  /** With whose headers; null where it makes no difference. */
  readonly headers: Headers | null;
  /** What is counted, such as `requests/s`. */
  readonly unit: string;
  readonly better: 'higher' | 'lower';
  readonly figures: readonly Figure[];
  /** Goes below the table. */
  readonly note?: string;
}

export type Headers = 'bare' | 'browser';

/** One server in one work: a value of each round, or why there is none. */
export interface Figure {
  readonly server: string;
  readonly rounds: readonly number[];
  readonly failed?: string;
}

/** The server that all others are compared with. */
export const OURS = 'licorne';

/**
 * How many times better `name` is than `than`: above 1 it asks for less time or memory, or does more. Undefined when one of them was
 * not measured.
 */
export function advantage(measure: Measure, name: string, than: string): Ratio | undefined {
  const of = (server: string) => measure.figures.find((figure) => figure.server === server)?.rounds ?? [];
  return measure.better === 'higher' ? ratioOf(of(name), of(than)) : ratioOf(of(than), of(name));
}

/**
 * A value for each server that may stand side by side: ours is its median, and the others follow from their ratios to it, so that a
 * machine that became slower in the meantime changes no picture. Best first.
 */
export function comparable(measure: Measure): { server: string; value: number }[] {
  const ours = measure.figures.find((figure) => figure.server === OURS);
  const values = measure.figures.flatMap((figure) => {
    const ratio = ours && ratioOf(figure.rounds, ours.rounds);
    const value = ours && ratio ? median(ours.rounds) * ratio.median : median(figure.rounds);
    return Number.isNaN(value) ? [] : [{ server: figure.server, value }];
  });
  const sign = measure.better === 'higher' ? -1 : 1;
  return values.sort((a, b) => sign * (a.value - b.value));
}
