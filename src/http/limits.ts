/** How large a request head may be. */
export interface HeadLimits {
  /** Longest request line in bytes, its CRLF not counted; more is 414. */
  readonly requestLineBytesMax: number;
  /**
   * Longest header section in bytes, first name to last value with the CRLFs between; more is 431. Also for trailers.
   */
  readonly headerBytesMax: number;
  /** Most header lines; more is 431. Also for trailers. */
  readonly headerCountMax: number;
}

/** How large a request body may be, and its trailer section. */
export interface BodyLimits {
  /** Most bytes of content, after chunked framing is removed; more is 413. */
  readonly bodyBytesMax: number;
  readonly headerBytesMax: number;
  readonly headerCountMax: number;
}
