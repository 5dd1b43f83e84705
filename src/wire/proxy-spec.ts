import type { BalanceSpec } from './balance-spec.ts';

/** One server behind us. */
export interface PeerSpec {
  /** For people, and what it is known by: `http://10.0.0.1:8000`, `unix:/run/app.sock`. */
  readonly url: string;
  readonly protocol: 'http' | 'uwsgi';
  readonly tls: boolean;
  /** Name or address; empty for a Unix socket. */
  readonly host: string;
  /** 0 for a Unix socket. */
  readonly port: number;
  /** Path of the Unix socket, else empty. */
  readonly socket: string;
  /** Its share beside those of the others, from 1. */
  readonly weight: number;
  /** It is asked when no other can be. */
  readonly backup: boolean;
  /** Requests that one gateway has there at once; 0: any number. */
  readonly connectionsMax: number;
}

/** Servers that answer the same, and how they are spoken to. */
export interface UpstreamSpec {
  /** That of the table, or the URL of a location that names no table. */
  readonly name: string;
  readonly peers: readonly PeerSpec[];
  /** It is one of the operator's services: where it listens is told by messages of type `service`. */
  readonly service: boolean;
  /** Connections to each peer that are kept for the next request; 0: none. */
  readonly keepAliveMax: number;
  /** How long they are kept, milliseconds. */
  readonly keepAliveMs: number;
  /** Whether certificates of https peers are verified. */
  readonly tlsVerify: boolean;
  /** The name they are asked for and must hold; empty: the host of the URL. */
  readonly tlsName: string;
  /** Authorities to believe in PEM, not their path; empty: those that Node knows. */
  readonly tlsCa: string;
  readonly balance: BalanceSpec;
}

/** How a location passes requests on. Times in milliseconds. */
export interface ProxySpec {
  /** Name of an UpstreamSpec. */
  readonly upstream: string;
  /** What stands in the place of the location's path; null: the path stays as it came. */
  readonly prefix: string | null;
  /** `$host`: as the client asked, `$proxy_host`: that of the peer's URL, else this very text. */
  readonly host: string;
  /** Whether Forwarded (RFC 7239) is added to X-Forwarded-*. */
  readonly forwarded: boolean;
  /** Flat name, value: set on every request; an empty value removes the header. */
  readonly headers: readonly string[];
  /** Lower-case names of response headers that clients don't get. */
  readonly hide: readonly string[];
  readonly connectMs: number;
  readonly readMs: number;
  readonly sendMs: number;
  readonly tunnelMs: number;
  readonly requestBuffering: 'auto' | 'on' | 'off';
  readonly buffering: 'auto' | 'on' | 'off';
  /** Response bytes held in memory for a client that is slower than its peer. */
  readonly bufferBytes: number;
  /** Beyond that, on the disk, within the quota of all. */
  readonly spoolBytes: number;
}
