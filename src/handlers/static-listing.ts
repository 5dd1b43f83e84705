import type { Exchange, ResponseSink } from '../http/exchange.ts';
import type { StaticLocation } from './static-location.ts';

/** Answers with the list of a folder, or calls `otherwise` when it is none. */
export function respondListing(
  _location: StaticLocation,
  _exchange: Exchange,
  _sink: ResponseSink,
  folder: { readonly name: string; readonly gone: () => boolean; readonly otherwise: () => void },
): void {
  folder.otherwise();
}
