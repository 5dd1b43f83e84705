import type { Exchange } from '../http/exchange.ts';
import type { RetryBudget } from '../peers/balance/retry-budget.ts';
import type { PeerFailure } from '../peers/peer-failure.ts';
import type { Peer } from '../peers/peer.ts';
import { inRanges, type RetrySpec } from '../wire/balance-spec.ts';

const NONE: readonly Peer[] = [];
/** Nothing of the request was sent then. */
const UNSENT: ReadonlySet<PeerFailure['kind']> = new Set([
  'unresolved',
  'unreachable',
  'connect_timeout',
  'untrusted',
]);

/** Whether one request may be sent to another peer: so many times, so long, of so many, and only where twice does no harm. */
export class ProxyRetry {
  /** Those that failed it. */
  tried: readonly Peer[] = NONE;
  readonly #spec: RetrySpec;
  readonly #budget: RetryBudget;
  readonly #exchange: Exchange;

  constructor(spec: RetrySpec, budget: RetryBudget, exchange: Exchange) {
    this.#spec = spec;
    this.#budget = budget;
    this.#exchange = exchange;
  }

  /** The peer gave no response. @param replayable whether its body, if any, could be sent again */
  afterFailure({ kind }: PeerFailure, replayable: boolean): boolean {
    if (!this.#left || kind === 'too_large') return false;
    // Whoever was not reached was not burdened.
    if (UNSENT.has(kind)) return true;
    return replayable && this.#harmless && this.#budget.spend();
  }

  /** The peer answered this, and somebody else may have a better answer. */
  afterStatus(status: number, replayable: boolean): boolean {
    const { status: bad } = this.#spec;
    if (bad.length === 0 || !inRanges(status, bad)) return false;
    return this.#left && replayable && this.#harmless && this.#budget.spend();
  }

  failed(peer: Peer): void {
    this.tried = [...this.tried, peer];
  }

  get #left(): boolean {
    const { max, withinMs } = this.#spec;
    return this.tried.length < max && performance.now() - this.#exchange.receivedAt < withinMs;
  }

  get #harmless(): boolean {
    return this.#spec.methods.includes(this.#exchange.head.method);
  }
}
