import type { Handler } from '../http/exchange.ts';

/**
 * Chooses the handler by the request's path: the first whose `path` it begins with (they come with the longest first), as nginx's prefix
 * locations do; else `otherwise`. Without locations there is nothing to choose and nothing to pay.
 */
export function byLocation(
  locations: readonly { readonly path: string; readonly handler: Handler }[],
  otherwise: Handler,
): Handler {
  if (locations.length === 0) return otherwise;
  return (exchange, sink) => {
    const { path } = exchange.head.target;
    for (const location of locations) {
      if (path.startsWith(location.path)) {
        location.handler(exchange, sink);
        return;
      }
    }
    otherwise(exchange, sink);
  };
}
