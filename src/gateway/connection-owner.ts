import type { Http1Connection } from './http1-connection.ts';

/** The listener's side of its connections. */
export interface ConnectionOwner {
  readonly draining: boolean;
  idle(connection: Http1Connection): void;
  busy(connection: Http1Connection): void;
  closed(connection: Http1Connection): void;
}
