import type { Handler } from '../http/exchange.ts';
import type { Trust } from '../http/forwarded.ts';
import type { HeadLimits } from '../http/request.ts';
import type { Sweeper } from '../base/sweeper.ts';
import type { AccessFormatter } from '../telemetry/access-log.ts';
import type { Log } from '../telemetry/log.ts';
import type { RequestIds } from './request-ids.ts';
import type { FieldNames } from './field-names.ts';
import type { WebSockets } from './websockets.ts';

/** Times in milliseconds, sizes in bytes; the options of the same names say what they mean. */
export interface ConnectionLimits {
  readonly head: HeadLimits;
  readonly bodyBytesMax: number;
  readonly headerMs: number;
  readonly bodyMs: number;
  readonly bodyRateMin: number;
  readonly bodyRateGraceMs: number;
  readonly keepAliveMs: number;
  readonly keepAliveRequests: number;
  readonly writeMs: number;
  readonly responseHeadBytesMax: number;
  readonly connectionsMax: number;
  /** Of one client address; 0: no limit. */
  readonly connectionsPerClientMax: number;
  /** Requests that run on one HTTP/2 connection. */
  readonly http2StreamsMax: number;
  /** Whether HTTP/2 is spoken without TLS, to clients that begin with it. */
  readonly cleartextHttp2: boolean;
}

/** What every connection of a gateway shares. Compiled once from the settings. */
export interface GatewayContext {
  readonly limits: ConnectionLimits;
  readonly handler: Handler;
  readonly trust: Trust;
  /** Who sends a PROXY header first; null: nobody. */
  readonly proxySources: Trust | null;
  readonly serverHeader: string;
  readonly log: Log;
  /** Writes the access-log line of a request that never became an exchange; null when the access log is off. */
  readonly logAccess: { readonly format: AccessFormatter; readonly write: (line: string) => void } | null;
  readonly ids: RequestIds;
  readonly droppedNames: FieldNames;
  readonly sweeper: Sweeper;
  readonly webSockets: WebSockets;
  /** Somebody works on the apps: people are told what only they can do something about. */
  readonly developing: boolean;
}

/** What answers need of it. */
export type SinkContext = Pick<GatewayContext, 'serverHeader' | 'limits' | 'log'>;
