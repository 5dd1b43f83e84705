import type { Place } from '../base/linked-list.ts';
import type { Sweepable } from '../base/sweeper.ts';

/** A connection of a client, whatever it speaks, as those see it who have many. */
export interface ClientConnection extends Sweepable {
  /** Among those that are as idle as it is. */
  readonly place: Place<ClientConnection>;
  /** Ends as soon as what runs on it has ended; what lasts only if somebody waits for that. */
  drain(): void;
  /** Ends now, in a way that no client takes for a complete response. */
  cut(): void;
  /** Ends now; nothing runs on it. */
  discard(): void;
}
