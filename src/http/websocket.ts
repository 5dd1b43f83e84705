import type { RequestFault, RequestHead } from './request.ts';

/** What a client asked for in a WebSocket handshake that was found good (RFC 6455, section 4.2.1). */
export interface WebSocketOffer {
  /** Sec-WebSocket-Key, sixteen bytes in base64. */
  readonly key: string;
  /** Sec-WebSocket-Extensions, joined. */
  readonly extensions: string;
  /** Sec-WebSocket-Protocol, in the client's order of preference. */
  readonly protocols: readonly string[];
}

/** The way from a request to a WebSocket. */
export interface WebSocketUpgrade {
  readonly protocols: readonly string[];
  /**
   * Answers 101 with the chosen subprotocol (empty: none) and more header fields; from now on messages flow, and the sink is dead.
   * Null when the client has gone meanwhile, or `fields` could not be sent.
   */
  accept(protocol: string, fields: readonly string[], events: WebSocketEvents): WebSocketPeer | null;
}

export interface WebSocketEvents {
  /** A whole message; the bytes belong to the receiver. */
  received(data: Buffer, text: boolean): void;
  /** The client's socket has taken everything. */
  drained(): void;
  /** The end, once: the client's close code, 1005 for none, 1006 when the connection broke. */
  closed(code: number, reason: string): void;
}

/** The client's side of an open WebSocket. */
export interface WebSocketPeer {
  /** Bytes that the client's socket has not taken yet. */
  readonly pending: number;
  /** Sends `data[start, end)`, a message, or with `more` a part of one. The bytes are good during the call only. */
  send(data: Buffer, start: number, end: number, text: boolean, more: boolean): void;
  /** Begins the closing handshake; `closed` follows. */
  close(code: number, reason: string): void;
  pause(): void;
  resume(): void;
}

const VERSION = '13';
const NO_KEY = 'AAAAAAAAAAAAAAAAAAAAAA==';
const TOKENS = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const PRINTABLE = /^[\x20-\x7e\t]*$/;

/** Whether the request asks to become a WebSocket at all. */
export function wantsWebSocket(head: RequestHead): boolean {
  return head.block.upgrade.split(',').some((protocol) => protocol.trim() === 'websocket');
}

/**
 * Reads the handshake; a fault is to be answered with its status (426 with Sec-WebSocket-Version). HTTP/2 has no key (RFC 8441 5): `keyed` is
 * false then, and the one that is returned means nothing.
 */
export function readWebSocketOffer(head: RequestHead, keyed: boolean): WebSocketOffer | RequestFault {
  const { lower, fields } = head.block;
  const values = new Map<string, string>();
  for (let i = 0; i < lower.length; i += 1) {
    const name = lower[i] ?? '';
    if (!name.startsWith('sec-websocket-')) continue;
    const value = fields[2 * i + 1] ?? '';
    // Bytes that some readers take for line ends or white space have no place in a handshake.
    if (!PRINTABLE.test(value)) return refusal('a control or 8-bit byte in a WebSocket header');
    const before = values.get(name);
    const list = name === 'sec-websocket-protocol' || name === 'sec-websocket-extensions';
    if (before !== undefined && !list) return refusal('a WebSocket header came twice');
    values.set(name, before === undefined ? value : `${before},${value}`);
  }
  if (head.method !== 'GET') return refusal('a WebSocket handshake is a GET request');
  if (values.get('sec-websocket-version') !== VERSION) {
    return { status: 426, reason: 'only WebSocket version 13 is spoken here' };
  }
  const key = keyed ? (values.get('sec-websocket-key') ?? '') : NO_KEY;
  if (!/^[A-Za-z0-9+/]{22}==$/.test(key)) return refusal('Sec-WebSocket-Key is not sixteen bytes in base64');
  const protocols = (values.get('sec-websocket-protocol') ?? '').split(',').map((item) => item.trim());
  const offered = protocols.filter((item) => item !== '');
  if (offered.some((item) => !TOKENS.test(item))) return refusal('a WebSocket subprotocol is not a token');
  return { key, extensions: values.get('sec-websocket-extensions') ?? '', protocols: offered };
}

function refusal(reason: string): RequestFault {
  return { status: 400, reason };
}
