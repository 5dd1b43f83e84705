/** So many may be sent again at once: those that a peer had when it went away. */
const SPARE = 100;

/**
 * Lets only a share of the requests be sent again: when all servers fail, retries would double the load that they fail under. Requests earn,
 * retries spend.
 */
export class RetryBudget {
  readonly #share: number;
  #left = SPARE;

  /** @param share of the requests, 0 to 1. */
  constructor(share: number) {
    this.#share = share;
  }

  /** A request came. */
  earn(): void {
    this.#left = Math.min(SPARE, this.#left + this.#share);
  }

  /** Whether one may be sent again now. */
  spend(): boolean {
    if (this.#share === 0 || this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
