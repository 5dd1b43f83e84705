/** Who may ask a location, how often and how fast, and what browsers are told about it. */
export interface AccessSpec {
  /** Looked at in this order; the first that fits the client decides. None fits: allowed. */
  readonly addresses: readonly AddressRule[];
  /** Null: as often as they like. */
  readonly rate: RateSpec | null;
  readonly concurrency: ConcurrencySpec | null;
  readonly basicAuth: BasicAuthSpec | null;
  readonly authRequest: AuthRequestSpec | null;
  readonly cors: CorsSpec | null;
  /** Flat name, value: added to responses that have no header of the name. */
  readonly defaultHeaders: readonly string[];
  /** Of one response, bytes of its body; 0: no limit. */
  readonly bytesPerSecond: number;
}

export interface AddressRule {
  readonly allow: boolean;
  /** An IP address, a network in CIDR form, `unix` or `*`. */
  readonly network: string;
}

/** Whose requests are counted together: `client`, `path`, `all`, `header:NAME` or `cookie:NAME`. */
export type AccessKey = string;

/** Locations whose requests are counted together have the same: those that have a limit from their site. */
export type Counter = string;

export interface RateSpec {
  readonly counter: Counter;
  readonly key: AccessKey;
  /** All of them have to be kept. */
  readonly limits: readonly RateLimit[];
  /** How many may come at once; 0: as many as `requests` of each limit. */
  readonly burst: number;
  /** Whether responses to requests that were let in tell what is left. */
  readonly tell: boolean;
}

export interface RateLimit {
  readonly requests: number;
  /** Milliseconds. */
  readonly windowMs: number;
}

export interface ConcurrencySpec {
  readonly counter: Counter;
  readonly key: AccessKey;
  /** Requests of one key that run at the same time. */
  readonly requestsMax: number;
}

export interface BasicAuthSpec {
  readonly realm: string;
  /** Name, and a hash in the form that `licorne hash-password` or htpasswd -B writes. */
  readonly users: readonly (readonly [name: string, hash: string])[];
}

export interface AuthRequestSpec {
  /** A path of this site, decoded, with its query. */
  readonly target: string;
  /** Names of response headers, in the case they are passed on in, that the request gets. */
  readonly headers: readonly string[];
}

export interface CorsSpec {
  /** Origins, lower case; `*`: all; `https://*.example.com`: all below it. */
  readonly origins: readonly string[];
  /** Joined with commas already; `*` where the client's own are repeated. */
  readonly methods: string;
  readonly headers: string;
  readonly exposed: string;
  readonly credentials: boolean;
  /** Seconds. */
  readonly maxAge: number;
}
