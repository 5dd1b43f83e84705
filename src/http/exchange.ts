import type { RequestFault, RequestHead } from './request.ts';
import type { TlsInfo } from './tls-info.ts';
import type { TunnelOffer } from './tunnel.ts';
import type { WebSocketUpgrade } from './websocket.ts';

/**
 * The two things every handler sees: the request (an Exchange) and where its response goes (a ResponseSink).
 * HTTP/1, HTTP/2 and tests each bring their own implementation; handlers and middleware know only these types.
 */
export interface Exchange {
  readonly head: RequestHead;
  /** What the client speaks. */
  readonly protocol: HttpProtocol;
  /** Unique over the life of the server; printable ASCII. Stands in every log line about this request. */
  readonly id: string;
  /** Who is at the other end, after trusted forwarding headers were applied. */
  readonly client: ClientInfo;
  /** The local end of the connection. */
  readonly local: LocalInfo;
  readonly body: RequestBody;
  /** Set when the client asked, correctly, to make this connection a WebSocket. A handler may ignore it and just answer. */
  readonly websocket: WebSocketUpgrade | null;
  /** Why, when the client asked for a WebSocket in a way that must be refused by whoever would give it one. */
  readonly websocketFault: RequestFault | null;
  /** Set when the client asked for another protocol on this connection (a WebSocket included), which a server behind us may speak. */
  readonly tunnel: TunnelOffer | null;
  /** `performance.now()` when the head was complete, milliseconds. */
  readonly receivedAt: number;
  /** Filled in on the way, for the access log. Milliseconds. */
  queueMs: number;
  appMs: number;
  /** What the server behind us had to do with it; null: none was asked. */
  upstream: UpstreamRecord | null;
  /** Of the response: 0 until its head is known. 499 when the client left before that. */
  status: number;
  /** Body bytes handed to the client's socket. */
  bytesSent: number;
  /** Called once, when the response is complete or the client has left. Set by middleware. */
  onDone: ((exchange: Exchange) => void) | null;
  /** Called once if the client leaves before the response is complete. Set by the handler that wants to know. */
  onGone: (() => void) | null;
}

/** As SERVER_PROTOCOL and the access log have it. */
export type HttpProtocol = 'HTTP/1.0' | 'HTTP/1.1' | 'HTTP/2.0';

export interface ClientInfo {
  /** IP address without brackets; empty for a Unix socket. */
  readonly address: string;
  readonly port: number;
  readonly scheme: 'http' | 'https';
  /** The host the client asked for, as it stood in Host (or in a trusted forwarding header). */
  readonly host: string;
  /** Address of the trusted proxy that the request came through, empty on a Unix socket; null: nobody trusted is at the other end. */
  readonly proxy: string | null;
}

/** What a server behind us had to do with a request, for the access log. */
export interface UpstreamRecord {
  /** `127.0.0.1:8000` or `unix:/run/app.sock`; the last one that was asked. */
  address: string;
  /** Its status; 0: it never gave one. */
  status: number;
  /** Until the connection was there, milliseconds; 0 for one that was kept; -1 when there never was one. */
  connectMs: number;
  /** From then on until the response was complete, milliseconds; -1 when it never was. */
  responseMs: number;
}

export interface LocalInfo {
  /** IP address, or the path of a Unix socket. */
  readonly address: string;
  /** 0 for a Unix socket. */
  readonly port: number;
  readonly unix: boolean;
  /** Who is at the other end, when a proxy said so in a PROXY header; null or absent: the peer of the socket. */
  readonly peer?: PeerInfo | null;
  /** Null: the connection is not encrypted. */
  readonly tls: TlsInfo | null;
  /** The client speaks plain HTTP where TLS is spoken. */
  readonly misplaced: boolean;
}

export interface PeerInfo {
  /** IP address without brackets. */
  readonly address: string;
  readonly port: number;
}

/** What a request body has to keep to in one place of a site. */
export interface BodyLimit {
  /** Infinity: no limit. */
  readonly bytesMax: number;
  /** Longest silence, milliseconds; null: as elsewhere. */
  readonly silenceMs: number | null;
  /** Slowest average rate, bytes per second, 0: any; null: as elsewhere. */
  readonly rateMin: number | null;
}

export interface RequestBody {
  /** Bytes announced by Content-Length; 0 without a body; -1 when chunked. */
  readonly length: number;
  /** Before `start`: what holds in the place of what the server says. False: the body says itself that it is larger. */
  limit(limit: BodyLimit): boolean;
  /** Starts the flow (and sends 100 Continue if the client waits for it). At most once. */
  start(consumer: BodyConsumer): void;
  /** Stop reading from the client until `resume`; a little may still arrive. */
  pause(): void;
  resume(): void;
}

export interface BodyConsumer {
  /** `chunk[start, end)` is valid only during the call. */
  data(chunk: Buffer, start: number, end: number): void;
  end(): void;
  /** The body will never be complete: the client left or broke the framing. The sink is dead, too. */
  abort(): void;
}

export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  /** Flat: name, value, name, value … */
  readonly fields: readonly string[];
  /** Whatever the sink wants to remember about a head that comes again; initialise with null. */
  memo: unknown;
}

/**
 * Order: `inform`* `start` `write`* (`end` | `abort`). `start` may be preceded by nothing else; after `end` or
 * `abort` every call is ignored.
 */
export interface ResponseSink {
  /** True once `start` was called: an error can no longer become an error page. */
  readonly started: boolean;
  /** Bytes taken from the handler that the client's socket has not accepted yet. */
  readonly pending: number;
  /** Called after `pending` fell back to nothing. */
  onDrain: (() => void) | null;
  /** An informational (1xx) response. */
  inform(head: ResponseHead): void;
  /** `wholeBytes`: the length of the whole body if the handler knows it now, else -1. */
  start(head: ResponseHead, wholeBytes: number): void;
  /** `chunk[start, end)` is copied or sent before the call returns. */
  write(chunk: Buffer, start: number, end: number): void;
  /** As `write`, of a chunk that is not changed as long as `pending` is not nothing: it is sent without being copied. */
  writeShared(chunk: Buffer, start: number, end: number): void;
  end(trailers: readonly string[] | null): void;
  /** Ends the connection in a way the client can tell from a complete response. */
  abort(reason: string): void;
}

/** Originates a response. */
export type Handler = (exchange: Exchange, sink: ResponseSink) => void;

/** Wraps a handler; folded once, when the configuration is built. */
export type Middleware = (next: Handler) => Handler;
