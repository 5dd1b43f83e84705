/**
 * A request body on its way to a worker, asked for piece by piece as credit allows. At most one `read` is under way.
 */
export interface BodySource {
  /**
   * Delivers at most `max` bytes, now or later; `null` is the end of the body. The chunk belongs to the receiver.
   * A failed source calls `done` with an Error; the request cannot be completed then.
   */
  read(max: number, done: (result: Buffer | null | Error) => void): void;
  /** No more will be read; frees what the source holds. */
  close(): void;
}
