import type { AppLoad } from '../wire/gateway-control.ts';
import type { Pressure } from '../children/worker.ts';

/** How many workers there may be, and what they can do. */
export interface ScaleLimits {
  readonly min: number;
  readonly max: number;
  /** There may be none: before the first request, or after a time without one. */
  readonly cheap: boolean;
  /** After this long without a request there are none, milliseconds; 0: never. */
  readonly idleMs: number;
  /** Requests that a worker runs at once. */
  readonly threads: number;
}

export interface ScalerTimes {
  /** A request that has waited this long is a reason for one more worker. */
  readonly waitMs: number;
  /** Workers that were not needed for this long leave. */
  readonly calmMs: number;
}

export const SCALER_TIMES: ScalerTimes = { waitMs: 100, calmMs: 30_000 };

/** Of the workers that there are, this part may be added at once. */
const GROWTH = 4;

/** Workers with an event loop are as many as keep each of them below this part of a processor. */
const BUSY_MAX = 0.7;

/** All gateways together. */
export interface LoadSum {
  readonly queued: number;
  readonly oldestMs: number;
  readonly inFlight: number;
  /** Since the gateways began. */
  readonly requests: number;
}

/**
 * Decides how many workers an app should have, from what its gateways tell and, where event loops take every request at once so that none is queued, from what these
 * tell. Adds quickly and takes away slowly: at most what the busiest moment of the
 * last `calmMs` did not need, and of that half at a time.
 */
export class Scaler {
  #limits: ScaleLimits;
  readonly #times: ScalerTimes;
  readonly #loads = new Map<number, AppLoad>();
  /** Requests of gateways that are no more. */
  #gone = 0;
  #requests = 0;
  #lastRequestAt: number;
  /** Most workers that were needed at once since `#calmSince`. */
  #peak = 0;
  #calmSince: number;

  /** @param now milliseconds, on any clock that `decide` is called with, too. */
  constructor(limits: ScaleLimits, now: number, times: ScalerTimes = SCALER_TIMES) {
    this.#limits = limits;
    this.#times = times;
    this.#lastRequestAt = now;
    this.#calmSince = now;
  }

  get limits(): ScaleLimits {
    return this.#limits;
  }

  /** Others from now on. */
  limit(limits: ScaleLimits): void {
    this.#limits = limits;
  }

  /** Whether time alone may change the number. */
  get watches(): boolean {
    return this.#limits.idleMs > 0 || this.#limits.max > this.#limits.min;
  }

  /** What a gateway tells of the app. */
  take(gateway: number, load: AppLoad): void {
    this.#loads.set(gateway, load);
  }

  gatewayGone(gateway: number): void {
    this.#gone += this.#loads.get(gateway)?.requests ?? 0;
    this.#loads.delete(gateway);
  }

  get sum(): LoadSum {
    let [queued, oldestMs, inFlight, requests] = [0, 0, 0, this.#gone];
    for (const load of this.#loads.values()) {
      queued += load.queued;
      oldestMs = Math.max(oldestMs, load.oldestMs);
      inFlight += load.inFlight;
      requests += load.requests;
    }
    return { queued, oldestMs, inFlight, requests };
  }

  /**
   * As many there should be, given how many are wanted now and how many of these do not serve yet.
   * @param pressure of event loops; null: there are none.
   */
  decide(now: number, wanted: number, starting: number, pressure: Pressure | null = null): number {
    const { min, max, idleMs } = this.#limits;
    const { queued, inFlight, requests } = this.sum;
    if (requests !== this.#requests || inFlight > 0 || queued > 0) this.#lastRequestAt = now;
    this.#requests = requests;
    if (wanted === 0) return queued > 0 ? min : 0;
    if (idleMs > 0 && now - this.#lastRequestAt >= idleMs) return 0;
    const load = pressure === null ? (inFlight + queued) / this.#limits.threads : pressure.busy / BUSY_MAX;
    this.#peak = Math.max(this.#peak, load);
    if (this.#waits(wanted, pressure)) {
      this.#restart(now);
      return starting > 0 ? wanted : Math.min(Math.max(max, wanted), wanted + Math.ceil(wanted / GROWTH));
    }
    if (now - this.#calmSince < this.#times.calmMs) return wanted;
    const needed = Math.max(min, Math.ceil(this.#peak));
    this.#restart(now);
    return needed < wanted ? Math.floor((wanted + needed) / 2) : wanted;
  }

  /** A loop that is behind keeps somebody waiting only when there is more than one request for it. */
  #waits(workers: number, pressure: Pressure | null): boolean {
    const { queued, oldestMs, inFlight } = this.sum;
    const { waitMs } = this.#times;
    if (queued > 0 && oldestMs >= waitMs) return true;
    return pressure !== null && pressure.lagMs >= waitMs && inFlight > workers;
  }

  #restart(now: number): void {
    this.#calmSince = now;
    this.#peak = 0;
  }
}
