import type { ResponseHead } from './exchange.ts';

/** The way from a request with `Upgrade` to a connection whose bytes are nobody's business here (RFC 9110, section 7.8). */
export interface TunnelOffer {
  /** The protocols the client asked for, in lower case, as they stood in Upgrade. */
  readonly protocol: string;
  /**
   * Answers 101 with the fields of `head`; from now on bytes flow, and the sink is dead. Null when the client has gone meanwhile, or the
   * head can't be sent. What the client sent ahead is `received` after the call.
   */
  open(head: ResponseHead, protocol: string, events: TunnelEvents): TunnelEnd | null;
}

export interface TunnelEvents {
  /** `chunk[start, end)` is valid only during the call. */
  received(chunk: Buffer, start: number, end: number): void;
  /** Everything that was written has been taken. */
  drained(): void;
  /** The server is going away: the tunnel is to end. */
  leave(): void;
  /** The client is gone, once. */
  closed(): void;
}

/** The client's end of an open tunnel. */
export interface TunnelEnd {
  /** Bytes the client's socket has not taken yet. */
  readonly pending: number;
  /** `chunk[start, end)` is copied or sent before the call returns. */
  write(chunk: Buffer, start: number, end: number): void;
  /** Ends it when everything is sent. */
  end(): void;
  /** Ends it at once. */
  destroy(): void;
  pause(): void;
  resume(): void;
}
