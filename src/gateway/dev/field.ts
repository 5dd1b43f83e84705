import type { Exchange } from '../../http/exchange.ts';

/** The value of a request header, by its lower-case name; empty when there is none. */
export function fieldOf(exchange: Exchange, name: string): string {
  const { lower, fields } = exchange.head.block;
  const index = lower.indexOf(name);
  return index === -1 ? '' : (fields[2 * index + 1] ?? '');
}
