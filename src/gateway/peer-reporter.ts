import type { PeerGroups } from '../peers/peer-groups.ts';
import type { UpstreamLoad } from '../wire/peers-control.ts';

/** How often the master hears of the peers, at most. */
const REPORT_MS = 250;

/** Tells how the servers behind us are, as long as that changes. */
export class PeerReporter {
  readonly #groups: PeerGroups;
  readonly #send: (upstreams: readonly UpstreamLoad[]) => void;
  #sent = '[]';

  constructor(groups: PeerGroups, send: (upstreams: readonly UpstreamLoad[]) => void) {
    this.#groups = groups;
    this.#send = send;
  }

  start(): void {
    setInterval(() => this.report(), REPORT_MS).unref();
  }

  /** Sends what is new. */
  report(now = performance.now()): void {
    const upstreams = this.#groups.all.map(({ name, queued, peers }) => ({
      name,
      queued,
      peers: peers.map((peer) => ({
        url: peer.name,
        state: peer.health.state(now),
        inFlight: peer.inFlight,
        idle: peer.idle,
        requests: peer.requests,
        failures: peer.failures,
        bans: peer.bans,
      })),
    }));
    const text = JSON.stringify(upstreams);
    if (text === this.#sent) return;
    this.#sent = text;
    this.#send(upstreams);
  }
}
