import type { Middleware, ResponseHead } from '../../http/exchange.ts';
import type { RateSpec } from '../../wire/access-spec.ts';
import { FieldsSink } from './fields-sink.ts';
import { compileKey } from './access-key.ts';
import { RateTable } from './rate-table.ts';
import type { Refuse } from './refuse.ts';

/** The tables of a limit; the burst is that of the first. */
export function rateTables({ limits, burst }: RateSpec): readonly RateTable[] {
  return limits.map((limit, index) => {
    const own = index === 0 && burst !== 0 ? burst : limit.requests;
    return new RateTable(limit, own);
  });
}

/**
 * Answers no more requests of a key than all limits allow: 429 (RFC 6585 4) with Retry-After, RateLimit-Policy and RateLimit
 * as in draft-ietf-httpapi-ratelimit-headers-10. A request that is refused counts for nothing, so that a client that keeps
 * asking is let in again in time.
 */
export function rateLimit(
  spec: RateSpec,
  tables: readonly RateTable[],
  refuse: Refuse,
  clock: () => number = () => performance.now(),
): Middleware {
  const keyOf = compileKey(spec.key);
  const policy = policyText(tables);
  return (next) => (exchange, sink) => {
    const key = keyOf(exchange);
    const now = clock();
    let waitMs = 0;
    for (const table of tables) waitMs = Math.max(waitMs, table.waitMs(key, now));
    if (waitMs > 0) {
      const after = String(Math.max(1, Math.ceil(waitMs / 1000)));
      refuse(exchange, sink, 429, 'Too many requests. Try again later.', [
        ...['Retry-After', after, 'RateLimit-Policy', policy],
        ...['RateLimit', stateText(tables, key, now)],
      ]);
      return;
    }
    for (const table of tables) table.take(key, now);
    if (!spec.tell || exchange.websocket !== null) next(exchange, sink);
    else next(exchange, new FieldsSink(sink, told(policy, stateText(tables, key, now))));
  };
}

function told(policy: string, state: string): (head: ResponseHead) => ResponseHead {
  return (head) => ({
    ...head,
    fields: [...head.fields, 'RateLimit-Policy', policy, 'RateLimit', state],
    memo: null,
  });
}

/** `"10s";q=10;w=1`: the name of each limit is its own text. */
function policyText(tables: readonly RateTable[]): string {
  return tables
    .map((table) => `${nameOf(table)};q=${table.limit.requests};w=${Math.round(table.limit.windowMs / 1000)}`)
    .join(', ');
}

function stateText(tables: readonly RateTable[], key: string, now: number): string {
  return tables
    .map(
      (table) => `${nameOf(table)};r=${table.left(key, now)};t=${Math.ceil(table.resetMs(key, now) / 1000)}`,
    )
    .join(', ');
}

function nameOf({ limit }: RateTable): string {
  return `"${limit.requests}-per-${Math.round(limit.windowMs / 1000)}s"`;
}
