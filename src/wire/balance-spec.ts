/** How servers that answer the same share the requests, and when one of them gets none. Times in milliseconds. */
export interface BalanceSpec {
  readonly method: 'least_connections' | 'round_robin' | 'two_choices' | 'hash';
  /** What a request is sent to the same peer by, with `hash`. */
  readonly hashKey: HashKey;
  /** Requests that one gateway has at once at a peer that says nothing of it; 0: any number. */
  readonly connectionsMax: number;
  /** Requests that wait for a peer while all have as many as they may; 0: none does. */
  readonly queueMax: number;
  readonly queueMs: number;
  /** Failures within the window for which a peer gets no requests for `failMs`; 0: none does. */
  readonly failMax: number;
  readonly failWindowMs: number;
  readonly failMs: number;
  /** Statuses that count as failures. */
  readonly failStatus: readonly StatusRange[];
  /** How long the share of a peer grows that came back; 0: it has all of it at once. */
  readonly slowStartMs: number;
  /** Null: clients are not bound to a peer. */
  readonly sticky: StickySpec | null;
  readonly retry: RetrySpec;
  /** Null: peers are judged by what they do with requests alone. */
  readonly health: HealthCheckSpec | null;
  /** How peers are told who the client is, ahead of the request, on a connection for it alone. */
  readonly proxyProtocol: 'off' | 'v1' | 'v2';
}

/** @see BalanceSpec.hashKey */
export interface HashKey {
  readonly kind: 'uri' | 'client' | 'header' | 'cookie';
  /** Of the header (in lower case) or cookie, else empty. */
  readonly name: string;
}

/** From and to, both included. */
export type StatusRange = readonly [from: number, to: number];

export interface StickySpec {
  readonly cookie: string;
  /** What the values of the cookie are made with; the same in all gateways. */
  readonly secret: string;
}

/** When a request is sent to another peer. */
export interface RetrySpec {
  /** How often at most. */
  readonly max: number;
  /** No later than this after the request came. */
  readonly withinMs: number;
  /** For how many of all requests, as a part of 1. */
  readonly share: number;
  /** Methods of requests that may be sent again when nobody knows what became of them. */
  readonly methods: readonly string[];
  /** Answers in the place of which another is looked for, for these methods. */
  readonly status: readonly StatusRange[];
}

/** What peers are asked from time to time, and what is a good answer. */
export interface HealthCheckSpec {
  /** Path and query. */
  readonly target: string;
  /** Empty: that of the peer's URL. */
  readonly host: string;
  readonly intervalMs: number;
  readonly withinMs: number;
  /** Good answers in a row that bring a peer back, and bad ones that take it out. */
  readonly rise: number;
  readonly fall: number;
  readonly status: readonly StatusRange[];
  /** What the body holds; empty: anything. */
  readonly body: string;
}

export function inRanges(status: number, ranges: readonly StatusRange[]): boolean {
  for (const [from, to] of ranges) if (status >= from && status <= to) return true;
  return false;
}
