import type { Handler } from '../http/exchange.ts';
import { type ChoosableLocation, LocationChoice } from '../routing/location-choice.ts';

/** A handler, and the paths it is for. */
export interface RoutedLocation extends ChoosableLocation {
  readonly handler: Handler;
}

/** Chooses the handler by the request's path; `otherwise` where none fits. Without locations there is nothing to choose and nothing to pay. */
export function byLocation(locations: readonly RoutedLocation[], otherwise: Handler): Handler {
  if (locations.length === 0) return otherwise;
  const choice = new LocationChoice(locations);
  return (exchange, sink) => {
    const handler = choice.choose(exchange.head.target.path)?.handler ?? otherwise;
    handler(exchange, sink);
  };
}
