import type { Log } from '../telemetry/log.ts';
import type { AppPool } from '../upstream/app-pool.ts';
import type { AppEncoder } from './app-encoder.ts';
import type { AppFiles } from './app-files.ts';
import type { ErrorPages } from './error-pages.ts';
import type { Spool } from './spool.ts';

/** What the handler of one app works with. */
export interface AppHandlerOptions extends AppFiles {
  readonly pool: AppPool;
  readonly wsgi: AppEncoder;
  readonly asgi: AppEncoder;
  readonly spool: Spool;
  readonly log: Log;
  readonly errorPages: ErrorPages;
  /** Request bodies up to this stay in memory. */
  readonly bodyMemoryBytes: number;
  /** Response bytes taken from a worker ahead of the client, per request. */
  readonly responseBufferBytes: number;
  /** Beyond that, bytes held on the disk of a response of a WSGI worker; 0: it waits for the client. */
  readonly responseSpoolBytes: number;
  /** What the app has for a request, milliseconds; `Infinity`: no limit. */
  readonly requestMs: number;
  /** Requests and WebSockets of this app at once, those that wait included; 0: no limit. */
  readonly concurrencyMax: number;
}
