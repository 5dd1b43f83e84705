/** What a request that is sent ahead may have to wait for those before it, milliseconds. */
const WAIT_MS = 1;
/** However fast the app is: more gain nothing. */
const AHEAD_MAX = 32;
/** Without an answer for so long the worker is busy with something slow, milliseconds. */
const SILENT_MS = 2;
/** How much of a new measurement is believed: a slow one at once, a fast one when it is repeated. */
const UP = 0.5;
const DOWN = 0.1;

/**
 * How many requests a WSGI worker may be given beyond those its threads can run. With none, the least busy worker always gets the next one, but for
 * requests of microseconds each would cost a trip there and back: so as many as the worker answers within a millisecond, as measured. What meets
 * a slow request nevertheless is given back by the worker.
 */
export class SendAhead {
  /** Beyond its threads. */
  count = 0;
  /** Milliseconds for each request; at first as slow as can be. */
  #paceMs = SILENT_MS;
  /** Of the last answers, or of the first request after a pause. */
  #since = 0;

  /** A request goes to a worker that had none. */
  begin(now: number): void {
    this.#since = now;
  }

  /** So many requests have been answered since the last time. */
  answered(requests: number, now: number): void {
    const sample = (now - this.#since) / requests;
    this.#since = now;
    this.#paceMs += (sample - this.#paceMs) * (sample > this.#paceMs ? UP : DOWN);
    this.count = Math.min(AHEAD_MAX, Math.floor(WAIT_MS / this.#paceMs));
  }

  /** One was given back: something slow is there. */
  refused(): void {
    this.#paceMs = SILENT_MS;
    this.count = 0;
  }

  /** Whether the worker was heard of a moment ago. */
  isLively(now: number): boolean {
    return now - this.#since < SILENT_MS;
  }
}
