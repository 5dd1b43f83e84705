/** Messages of the control channel between master and gateway about the servers of upstreams; see docs/internals/wire.md. */
import type { PeerSpec } from './proxy-spec.ts';

/** Master → gateway: these are the peers of an upstream from now on, whatever its configuration says. */
export interface PeersMessage {
  readonly type: 'peers';
  readonly upstream: string;
  readonly peers: readonly PeerSpec[];
  /** URLs of those that get no new request. */
  readonly draining: readonly string[];
}

/** Gateway → master: what is known of all peers, whenever it changed, at most every 250 ms. */
export interface PeerLoadMessage {
  readonly type: 'peer_load';
  readonly upstreams: readonly UpstreamLoad[];
}

export interface UpstreamLoad {
  readonly name: string;
  /** Requests that wait for a peer. */
  readonly queued: number;
  readonly peers: readonly PeerLoad[];
}

export type PeerState = (typeof PEER_STATES)[number];
/** The worst last. */
export const PEER_STATES = ['up', 'draining', 'banned', 'down'] as const;

export interface PeerLoad {
  readonly url: string;
  readonly state: PeerState;
  /** Requests and tunnels. */
  readonly inFlight: number;
  /** Connections that wait for the next request. */
  readonly idle: number;
  /** Since the gateway knows it: requests that it was given, those that it failed, times without requests for that. */
  readonly requests: number;
  readonly failures: number;
  readonly bans: number;
}
