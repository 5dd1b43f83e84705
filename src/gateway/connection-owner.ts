import type { GatewayContext } from './context.ts';
import type { ClientConnection } from './client-connection.ts';

/** The listener's side of its connections. */
export interface ConnectionOwner {
  /** The server is going to stop: every answer is the last on its connection. */
  readonly leaving: boolean;
  /** It stops: connections end as soon as they can. */
  readonly draining: boolean;
  /** Nobody waits for that: what lasts (WebSockets, streams of events, connections that are in use) is left to itself. */
  readonly patient: boolean;
  /** What is configured now; a connection uses it from its next request on. */
  readonly context: GatewayContext;
  idle(connection: ClientConnection): void;
  /** It is asking for something, not all of it is there. */
  hearing(connection: ClientConnection): void;
  busy(connection: ClientConnection): void;
  closed(connection: ClientConnection): void;
}
