import type { Handler } from '../http/exchange.ts';

/** A handler, and the paths it is for. */
export interface RoutedLocation {
  readonly path: string;
  /** A path that is meant although it does not begin with `path`: the folder's name without its slash. Empty: none. */
  readonly bare: string;
  readonly handler: Handler;
}

/**
 * Chooses the handler by the request's path: the first whose `path` it begins with (they come with the longest first), as nginx's prefix
 * locations do; else `otherwise`. Without locations there is nothing to choose and nothing to pay.
 */
export function byLocation(locations: readonly RoutedLocation[], otherwise: Handler): Handler {
  if (locations.length === 0) return otherwise;
  return (exchange, sink) => {
    const { path } = exchange.head.target;
    for (const location of locations) {
      if (path.startsWith(location.path) || path === location.bare) {
        location.handler(exchange, sink);
        return;
      }
    }
    otherwise(exchange, sink);
  };
}
