import type { PeerGroup } from '../peers/peer-group.ts';
import type { Log } from '../telemetry/log.ts';
import type { ProxySpec } from '../wire/proxy-spec.ts';
import type { AppFiles } from './app-files.ts';
import type { ErrorPages } from './error-pages.ts';
import type { ProxyFields } from './proxy-fields.ts';
import type { ProxyHeads } from './proxy-heads.ts';
import type { Spool } from './spool.ts';

/** What a location that passes its requests on works with. */
export interface ProxyHandlerOptions {
  readonly spec: ProxySpec;
  /** The location's own path, which `spec.prefix` replaces. */
  readonly path: string;
  readonly group: PeerGroup;
  readonly spool: Spool;
  /** Who sends the file that a peer names in X-Accel-Redirect; null: such a header means nothing here. */
  readonly sendfile: AppFiles['sendfile'];
  /** Request bodies up to this stay in memory. */
  readonly bodyMemoryBytes: number;
  readonly log: Log;
  readonly errorPages: ErrorPages;
}

/** With what is worked out once for a location. */
export interface ProxyOptions extends ProxyHandlerOptions {
  readonly fields: ProxyFields;
  readonly heads: ProxyHeads;
}
