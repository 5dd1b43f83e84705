import type { Exchange } from '../../http/exchange.ts';
import type { HashKey } from '../../wire/balance-spec.ts';

/** What tells requests apart that are to go to the same server. A header or cookie that is missing leaves the client's address. */
export function requestKey({ kind, name }: HashKey): (exchange: Exchange) => string {
  switch (kind) {
    case 'uri':
      return ({ head }) => head.target.raw;
    case 'client':
      return ({ client }) => client.address;
    case 'header':
      return (exchange) => fieldOf(exchange, name) || exchange.client.address;
    case 'cookie':
      return (exchange) => cookieOf(exchange, name) || exchange.client.address;
  }
}

/** The first value of a cookie, as it stands there (RFC 6265, section 5.4); empty when there is none. */
export function cookieOf({ head }: Pick<Exchange, 'head'>, name: string): string {
  const { lower, fields } = head.block;
  // Over HTTP/2 each cookie may have a field of its own (RFC 9113, section 8.2.3).
  for (let i = lower.indexOf('cookie'); i !== -1; i = lower.indexOf('cookie', i + 1)) {
    for (const pair of (fields[2 * i + 1] ?? '').split(';')) {
      const at = pair.indexOf('=');
      if (at !== -1 && pair.slice(0, at).trim() === name) return pair.slice(at + 1).trim();
    }
  }
  return '';
}

function fieldOf({ head: { block } }: Exchange, name: string): string {
  const index = block.lower.indexOf(name);
  return index === -1 ? '' : (block.fields[2 * index + 1] ?? '');
}
