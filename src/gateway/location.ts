import { ChangedExchange } from '../http/changed-exchange.ts';
import type { Exchange, Handler } from '../http/exchange.ts';
import { type ChoosableLocation, LocationChoice, pathFor } from '../routing/location-choice.ts';

/** A handler, and the paths it is for. */
export interface RoutedLocation extends ChoosableLocation {
  readonly handler: Handler;
}

/** Chooses the handler by the request's path; `otherwise` where none fits. Without locations there is nothing to choose and nothing to pay. */
export function byLocation(locations: readonly RoutedLocation[], otherwise: Handler): Handler {
  if (locations.length === 0) return otherwise;
  const choice = new LocationChoice(locations);
  return (exchange, sink) => {
    const { path } = exchange.head.target;
    const location = choice.choose(path);
    if (location === null) return otherwise(exchange, sink);
    const seen = pathFor(location, path);
    location.handler(seen === path ? exchange : withPath(exchange, seen), sink);
  };
}

/** The same request for another path; what the client sent stays in `raw`. */
function withPath(exchange: Exchange, path: string): Exchange {
  const { head } = exchange;
  return new ChangedExchange(exchange, { ...head, target: { ...head.target, path }, memo: null });
}
