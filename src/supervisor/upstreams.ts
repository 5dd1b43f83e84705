import { ConfigError } from '../config/diagnostic.ts';
import { readUpstreamPeer, type UpstreamPeer } from '../config/upstream-peer.ts';
import type { Log } from '../telemetry/log.ts';
import { PEER_STATES, type PeerLoad, type PeersMessage, type UpstreamLoad } from '../wire/peers-control.ts';
import type { PeerSpec, UpstreamSpec } from '../wire/proxy-spec.ts';
import { peerSpec } from './peer-spec.ts';
import { type Refusal, refusal } from './reload.ts';
import type { UpstreamStatus } from './status.ts';

export const PEER_ACTIONS = ['drain', 'undrain', 'add', 'remove'] as const;
export type PeerAction = (typeof PEER_ACTIONS)[number];

export type PeerChangeResult =
  | { readonly ok: true; readonly upstream: string; readonly peer: string; readonly draining: boolean }
  | Refusal;

interface Known {
  /** As it is configured. */
  readonly spec: UpstreamSpec;
  readonly text: string;
  peers: readonly PeerSpec[];
  draining: readonly string[];
}

/**
 * The servers of upstreams as people change them while the server runs, and what the gateways tell of them. What was changed by hand holds
 * until the configuration of that upstream says something else.
 */
export class Upstreams {
  readonly #log: Log;
  readonly #tell: (message: PeersMessage) => void;
  #known = new Map<string, Known>();
  /** Of each gateway, by its number. */
  readonly #loads = new Map<number, readonly UpstreamLoad[]>();

  constructor(specs: readonly UpstreamSpec[], log: Log, tell: (message: PeersMessage) => void) {
    this.#log = log;
    this.#tell = tell;
    this.follow(specs);
  }

  /** The configuration says this from now on. */
  follow(specs: readonly UpstreamSpec[]): void {
    const before = this.#known;
    // Where a service is, is nobody's to say but its keeper's.
    const own = specs.filter(({ service }) => !service);
    this.#known = new Map(
      own.map((spec) => {
        const text = JSON.stringify(spec);
        const known = before.get(spec.name);
        const kept = known !== undefined && known.text === text;
        return [spec.name, kept ? known : { spec, text, peers: spec.peers, draining: [] }];
      }),
    );
  }

  /** What a gateway has to be told that knows the configuration alone. */
  get changes(): readonly PeersMessage[] {
    return [...this.#known.values()]
      .filter(({ spec, peers, draining }) => peers !== spec.peers || draining.length > 0)
      .map(messageOf);
  }

  /** A gateway tells how its peers are. */
  load(gateway: number, upstreams: readonly UpstreamLoad[]): void {
    this.#loads.set(gateway, upstreams);
  }

  /** A gateway has ended. */
  gone(gateway: number): void {
    this.#loads.delete(gateway);
  }

  get status(): readonly UpstreamStatus[] {
    return [...this.#known.values()].map(({ spec: { name }, peers, draining }) => {
      const loads = [...this.#loads.values()].flatMap((all) => all.filter((load) => load.name === name));
      return {
        name,
        queued: sum(loads.map(({ queued }) => queued)),
        peers: peers.map(({ url, weight, backup }) => {
          const told = loads.flatMap((load) => load.peers.filter((peer) => peer.url === url));
          const state = draining.includes(url) ? 'draining' : stateOf(told);
          return { url, weight, backup, state, ...sums(told) };
        }),
      };
    });
  }

  /** What somebody told the running server. @param text of the peer, as in the configuration */
  change(action: PeerAction, upstream: string, text: string): PeerChangeResult {
    const known = this.#known.get(upstream);
    if (known === undefined) {
      const names = [...this.#known.keys()].join(', ');
      return refusal(
        `There is no upstream ${upstream}.`,
        names === '' ? 'There is none at all.' : `There are: ${names}.`,
      );
    }
    let peer: UpstreamPeer;
    try {
      peer = readUpstreamPeer(text);
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      return refusal(`${error.message}.`, error.allowed === null ? '' : `Allowed: ${error.allowed}.`);
    }
    const fault = action === 'add' ? addFault(known, peer) : changeFault(known, peer.url, action);
    if (fault !== null) return fault;
    if (action === 'add') known.peers = [...known.peers, peerSpec(peer, known.spec.balance.connectionsMax)];
    if (action === 'remove') known.peers = known.peers.filter(({ url }) => url !== peer.url);
    const others = known.draining.filter((url) => url !== peer.url);
    known.draining = action === 'drain' ? [...others, peer.url] : others;
    this.#log.info(`Upstream ${upstream}: ${DONE[action]} ${peer.url} (licorne upstream)`);
    this.#tell(messageOf(known));
    return { ok: true, upstream, peer: peer.url, draining: action === 'drain' };
  }
}

const DONE: Readonly<Record<PeerAction, string>> = {
  drain: 'no new requests for',
  undrain: 'new requests again for',
  add: 'there is also',
  remove: 'there is no more',
};

function messageOf({ spec: { name }, peers, draining }: Known): PeersMessage {
  return { type: 'peers', upstream: name, peers, draining };
}

function addFault({ spec, peers }: Known, { url, tls }: UpstreamPeer): Refusal | null {
  if (peers.some((peer) => peer.url === url)) return refusal(`${url} is there already.`);
  if (tls && spec.balance.proxyProtocol !== 'off')
    return refusal(`${url} speaks TLS, and the upstream has send_proxy_protocol.`);
  return null;
}

function changeFault({ peers }: Known, url: string, action: PeerAction): Refusal | null {
  if (!peers.some((peer) => peer.url === url))
    return refusal(`${url} is not there.`, `There are: ${peers.map((peer) => peer.url).join(', ')}.`);
  if (action === 'remove' && peers.every((peer) => peer.url === url || peer.backup))
    return refusal(
      `${url} is the last of its upstream that is no backup.`,
      'Drain it, or add another first.',
    );
  return null;
}

/** The worst that a gateway says, since requests may fail there. */
function stateOf(told: readonly PeerLoad[]): PeerLoad['state'] {
  return told.reduce<PeerLoad['state']>(
    // Whether it is drained is known here; a gateway may not have told yet that it has heard of it.
    (worst, { state }) =>
      state !== 'draining' && PEER_STATES.indexOf(state) > PEER_STATES.indexOf(worst) ? state : worst,
    'up',
  );
}

function sums(told: readonly PeerLoad[]): Omit<PeerLoad, 'url' | 'state'> {
  const of = (key: 'inFlight' | 'idle' | 'requests' | 'failures' | 'bans'): number =>
    sum(told.map((peer) => peer[key]));
  return {
    inFlight: of('inFlight'),
    idle: of('idle'),
    requests: of('requests'),
    failures: of('failures'),
    bans: of('bans'),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, number) => all + number, 0);
}
