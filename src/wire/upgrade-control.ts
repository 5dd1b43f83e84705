/** Messages of the control channel between a master and the one that is to follow it (USR2); see docs/internals/wire.md. */

export type SuccessorToMaster =
  /** It has read its configuration, and fails by itself if it does not serve within this. */
  | { readonly type: 'booting'; readonly withinMs: number }
  /** It cannot serve, and exits. */
  | { readonly type: 'failed'; readonly title: string; readonly traceback: string; readonly hint: string }
  /** Everything serves, on the sockets of both. */
  | { readonly type: 'serving' };

/**
 * `yours`: the service is the successor's from now on: pid file, service manager, log files. Before this, the end of the channel is its end;
 * `abandoned` tells that this is coming, because the server is stopped.
 */
export type MasterToSuccessor =
  | { readonly type: 'yours'; readonly scaled: readonly ScaledApp[] }
  | { readonly type: 'abandoned' };

/** An app whose number of workers somebody has changed by hand (TTIN, `licorne scale`). */
export interface ScaledApp {
  readonly app: string;
  /** As its configuration says. */
  readonly configured: number;
  readonly wanted: number;
}
