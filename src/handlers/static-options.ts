import type { FileStore } from '../files/file-store.ts';
import type { Handler } from '../http/exchange.ts';
import type { Log } from '../telemetry/log.ts';
import type { StaticSpec } from '../wire/site-spec.ts';
import type { ErrorPages } from './error-pages.ts';

/** What the handler of one location's files works with. */
export interface StaticOptions {
  /** The URL prefix, as in the configuration: `/static/`; without its last slash it means the same. */
  readonly path: string;
  readonly spec: StaticSpec;
  readonly files: FileStore;
  /** Who answers for `@app`. */
  readonly app: Handler;
  readonly errorPages: ErrorPages;
  readonly log: Log;
}
