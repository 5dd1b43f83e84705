/** A server that may get the next request, as those see it who choose. */
export interface Candidate {
  /** Its share beside the others', above 0; less than was configured while it starts slowly. */
  readonly weight: number;
  /** Requests that it has now. */
  readonly inFlight: number;
  /** What it is known by, over restarts: its URL. */
  readonly name: string;
}

/**
 * A way to choose among servers that may be asked; the list is never empty. `key` is what the choice depends on where it shall always be the
 * same one, else empty.
 */
export interface Balancer {
  choose<C extends Candidate>(candidates: readonly C[], key: string): C;
}
