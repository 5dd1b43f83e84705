import type { Exchange } from '../http/exchange.ts';
import type { PeerSpec, UpstreamSpec } from '../wire/proxy-spec.ts';
import { inRanges } from '../wire/balance-spec.ts';
import { balancerOf } from './balance/balancer-of.ts';
import { type Choice, PeerChoice } from './balance/peer-choice.ts';
import { requestKey } from './balance/request-key.ts';
import { RetryBudget } from './balance/retry-budget.ts';
import { HealthChecks } from './health-checks.ts';
import { Peer, type PeerOptions } from './peer.ts';
import type { PeerFailure } from './peer-failure.ts';
import { PeerQueue } from './peer-queue.ts';
import { StickyPeers } from './sticky-peers.ts';

/** Why a request has no peer. */
export type NoPeer = 'no_peer' | 'queue_full' | 'queue_timeout';

/** Who needs a peer; one of the two is called, once, perhaps during the asking. */
export interface PeerAsker {
  readonly exchange: Exchange;
  /** Those that failed this very request. */
  readonly tried: readonly Peer[];
  /** Followed by exactly one `release`. */
  picked(peer: Peer): void;
  unpicked(why: NoPeer): void;
}

class Waiting {
  readonly asker: PeerAsker;
  readonly #all: Map<PeerAsker, Waiting>;

  constructor(asker: PeerAsker, all: Map<PeerAsker, Waiting>) {
    this.asker = asker;
    this.#all = all;
    all.set(asker, this);
  }

  waitedTooLong(): void {
    this.#all.delete(this.asker);
    this.asker.unpicked('queue_timeout');
  }
}

/** A service that is gone is told of sooner than this, milliseconds. */
const NEWS_MS = 1000;

/** Servers that answer the same: which of them gets a request, and what became of it. */
export class PeerGroup {
  readonly name: string;
  readonly spec: UpstreamSpec;
  readonly budget: RetryBudget;
  readonly sticky: StickyPeers | null;
  readonly #options: PeerOptions;
  readonly #choice: PeerChoice<Peer>;
  readonly #key: ((exchange: Exchange) => string) | null;
  readonly #queue: PeerQueue<Waiting>;
  readonly #waiting = new Map<PeerAsker, Waiting>();
  readonly #checks: HealthChecks | null;
  /** Of a service: requests that the process which is gone, perhaps, did not answer. They wait for news of it. */
  readonly #doubtful: PeerQueue<Waiting> | null;
  /** Of a service: while it is nowhere, requests wait for it. */
  awaited = false;
  closed = false;
  #peers: readonly Peer[] = [];
  #letting = false;

  constructor(spec: UpstreamSpec, options: PeerOptions) {
    const { method, hashKey, queueMax, queueMs, retry, sticky, health } = spec.balance;
    this.name = spec.name;
    this.spec = spec;
    this.#options = options;
    // A service that is started again has to answer all that it had once more, while nobody else asks it.
    this.budget = new RetryBudget(spec.service ? Infinity : retry.share);
    this.sticky = sticky === null ? null : new StickyPeers(sticky, spec.name);
    this.#choice = new PeerChoice<Peer>(balancerOf(method));
    this.#key = method === 'hash' ? requestKey(hashKey) : null;
    this.#queue = new PeerQueue<Waiting>(queueMax, queueMs, options.sweeper);
    this.#doubtful = spec.service ? new PeerQueue<Waiting>(queueMax, NEWS_MS, options.sweeper) : null;
    this.#checks =
      health === null ? null : new HealthChecks(health, (peer, well, why) => this.#judged(peer, well, why));
    this.follow(spec.peers, []);
  }

  get peers(): readonly Peer[] {
    return this.#peers;
  }

  /** Requests that wait for a peer. */
  get queued(): number {
    return this.#queue.size + (this.#doubtful?.size ?? 0);
  }

  /** These are the peers from now on; one that stays keeps what is known of it. @param draining URLs of those that get nothing new */
  follow(specs: readonly PeerSpec[], draining: readonly string[]): void {
    const before = new Map(this.#peers.map((peer) => [JSON.stringify(peer.spec), peer]));
    this.#peers = specs.map((spec) => {
      const text = JSON.stringify(spec);
      const known = before.get(text);
      before.delete(text);
      return known ?? new Peer(spec, this.spec, this.#options);
    });
    for (const peer of before.values()) peer.close();
    for (const peer of this.#peers) peer.health.draining = draining.includes(peer.name);
    this.sticky?.follow(this.#peers);
    this.#checks?.follow(this.#peers);
    this.#letIn();
    this.#askAgain();
  }

  /** Who is to answer: told at once, or when one has room. */
  ask(asker: PeerAsker): void {
    const now = performance.now();
    const again = asker.tried.length > 0;
    if (!again) this.budget.earn();
    // Nobody overtakes those that wait.
    const choice = this.#queue.size > 0 && !again ? 'full' : this.#choose(asker, now);
    if (choice === 'none') return asker.unpicked('no_peer');
    if (choice !== 'full') return this.#pick(asker, choice);
    const queue = again && this.#peers.length > 0 ? (this.#doubtful ?? this.#queue) : this.#queue;
    if (!queue.push(new Waiting(asker, this.#waiting), now)) {
      this.#waiting.delete(asker);
      asker.unpicked('queue_full');
    }
  }

  /** It does not need one any more. */
  leave(asker: PeerAsker): void {
    const waiting = this.#waiting.get(asker);
    if (waiting === undefined) return;
    this.#waiting.delete(asker);
    this.#queue.delete(waiting);
    this.#doubtful?.delete(waiting);
  }

  /** Whether somebody else could be asked at once. */
  hasAnother(asker: PeerAsker, failed: Peer): boolean {
    const now = performance.now();
    return this.#peers.some(
      (peer) => peer !== failed && !peer.full && peer.health.available(now) && !asker.tried.includes(peer),
    );
  }

  /** The head of a response has come. */
  answered(peer: Peer, status: number): void {
    const { failStatus } = this.spec.balance;
    if (failStatus.length > 0 && inRanges(status, failStatus)) this.#failed(peer, `answered ${status}`);
    else if (peer.health.succeeded(performance.now())) this.#back(peer);
  }

  /** It did not answer, or not to the end. */
  failed(peer: Peer, failure: PeerFailure): void {
    // That was the request's fault, or that of a connection that had ended before: it says nothing of the peer.
    if (failure.kind === 'too_large' || failure.stale) this.left(peer);
    else this.#failed(peer, failure.message);
  }

  /** The client left before anything could be said of the peer. */
  left(peer: Peer): void {
    peer.health.abandoned();
  }

  /** A request, or what it became, is not with the peer any more. */
  release(peer: Peer): void {
    peer.inFlight -= 1;
    if (peer.inFlight === 0) peer.onIdle?.();
    if (this.#queue.size > 0) this.#letIn();
  }

  close(): void {
    this.closed = true;
    this.#checks?.close();
    for (const peer of this.#peers) peer.close();
  }

  #choose(asker: PeerAsker, now: number): Choice<Peer> {
    const { exchange, tried } = asker;
    if (this.sticky !== null && tried.length === 0) {
      const bound = this.sticky.of(exchange);
      if (bound !== null && !bound.full && bound.health.usable(now)) return bound;
    }
    const choice = this.#choice.choose(
      this.#peers,
      tried,
      this.#key === null ? '' : this.#key(exchange),
      now,
    );
    return choice === 'none' && this.awaited ? 'full' : choice;
  }

  #pick(asker: PeerAsker, peer: Peer): void {
    peer.inFlight += 1;
    peer.requests += 1;
    peer.health.chosen();
    asker.picked(peer);
  }

  /** There is news of the service. */
  #askAgain(): void {
    const doubtful = this.#doubtful;
    if (doubtful === null) return;
    for (let first = doubtful.first; first !== null; first = doubtful.first) {
      const { asker } = first;
      this.leave(asker);
      this.ask(asker);
    }
  }

  /** Those that wait get what room there is. */
  #letIn(): void {
    if (this.#letting) return;
    this.#letting = true;
    const now = performance.now();
    for (let first = this.#queue.first; first !== null; first = this.#queue.first) {
      const { asker } = first;
      const choice = this.#choose(asker, now);
      if (choice === 'full') break;
      this.leave(asker);
      if (choice === 'none') asker.unpicked('no_peer');
      else this.#pick(asker, choice);
    }
    this.#letting = false;
  }

  #failed(peer: Peer, why: string): void {
    peer.failures += 1;
    // There is nobody else to ask.
    if (this.#peers.length === 1 || !peer.health.failed(performance.now())) return;
    peer.bans += 1;
    const { failMax, failMs } = this.spec.balance;
    const times = failMax === 1 ? '' : ` (${failMax} failures in a short time)`;
    this.#options.log.warning(
      `${peer.address} of upstream ${this.name} gets no requests for ${failMs / 1000} s: it ${why}${times}`,
    );
  }

  #judged(peer: Peer, well: boolean, why: string): void {
    if (!peer.health.asked(well, performance.now())) return;
    if (well) this.#back(peer);
    else
      this.#options.log.warning(
        `${peer.address} of upstream ${this.name} gets no requests: asked how it is, it ${why}`,
      );
    this.#letIn();
  }

  #back(peer: Peer): void {
    this.#options.log.info(`${peer.address} of upstream ${this.name} answers again, it gets requests`);
    this.#letIn();
  }
}
