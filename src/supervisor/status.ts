import type { CertificateStatus } from '../wire/certificate-status.ts';
import type { PeerLoad } from '../wire/peers-control.ts';
import type { WorkerState } from '../children/worker.ts';

/** What the master knows of itself and its children: plain JSON, for `licorne status`. */
export interface Status {
  readonly pid: number;
  readonly version: string;
  /** How long the master has been there, seconds. */
  readonly uptime: number;
  /** For people: `http://127.0.0.1:8000`. */
  readonly binds: readonly string[];
  readonly phase: 'starting' | 'serving' | 'leaving' | 'draining' | 'quitting' | 'ended';
  /** A reload is under way. */
  readonly reloading: boolean;
  /** Why the last reload failed; null: it did not. Not told by servers of older versions. */
  readonly reloadFault?: FaultStatus | null;
  readonly apps: readonly AppStatus[];
  /** Those that are ordered and renewed by the server itself. */
  readonly certificates?: readonly CertificateStatus[];
  /** Processes behind the server. Not told by servers of older versions. */
  readonly services?: readonly ServiceStatus[];
  readonly gateways: readonly { readonly number: number; readonly pid: number }[];
  /** Servers behind this one. Not told by servers of older versions. */
  readonly upstreams?: readonly UpstreamStatus[];
}

export interface UpstreamStatus {
  /** That of the table, or a URL that a location names. */
  readonly name: string;
  /** Requests that wait for a peer, in all gateways. */
  readonly queued: number;
  /** Numbers are those of all gateways together; the state is the worst that one of them says. */
  readonly peers: readonly PeerStatus[];
}

export interface PeerStatus extends PeerLoad {
  readonly weight: number;
  readonly backup: boolean;
}

export interface AppStatus {
  readonly name: string;
  readonly target: string;
  /** Null: no worker has been ready yet. */
  readonly interface: 'wsgi' | 'asgi' | null;
  /** Counts up with each reload, from 1. */
  readonly generation: number;
  /** How many workers there should be now; from `min` on, and up to `max` as the queue asks for them. */
  readonly wanted: number;
  readonly min: number;
  readonly max: number;
  /** Requests that wait for a worker, and that workers have, in all gateways. */
  readonly queued: number;
  readonly inFlight: number;
  /** Why its last worker could not start, as long as none has started since; null: that is not so. Not told by servers of older versions. */
  readonly fault?: FaultStatus | null;
  readonly workers: readonly WorkerStatus[];
}

export interface ServiceStatus {
  readonly name: string;
  /** 0: it does not run. */
  readonly pid: number;
  /** Of 127.0.0.1. */
  readonly port: number;
  /** Waiting: for the next try. */
  readonly state: 'starting' | 'ready' | 'waiting' | 'stopped';
  readonly ageSeconds: number;
  /** How often it was started again because it ended. */
  readonly restarts: number;
  /** Why the last process ended; null: none has. */
  readonly lastEnd: string | null;
}

export interface FaultStatus {
  /** In one line. */
  readonly title: string;
  /** How long ago, seconds. */
  readonly ageSeconds: number;
}

export interface WorkerStatus {
  readonly number: number;
  readonly pid: number;
  readonly state: WorkerState;
  readonly generation: number;
  /** Since it was started, seconds. */
  readonly ageSeconds: number;
  /** How many it was given. */
  readonly requests: number;
  /** Resident memory; null where it can't be told. */
  readonly rssBytes: number | null;
}
