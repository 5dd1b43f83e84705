import { BodyReader } from '../http/body-reader.ts';
import { Gather } from '../http/gather.ts';
import { latin1 } from '../http/latin1.ts';
import { parsePeerHead, PEER_HEADER_COUNT_MAX, type PeerHead } from './peer-head.ts';

/** Who is told what was read. */
export interface ResponseEvents {
  interim(head: PeerHead): void;
  response(head: PeerHead): void;
  /** `chunk[start, end)` is valid only during the call. */
  data(chunk: Buffer, start: number, end: number): void;
  /** The response is complete. */
  complete(trailers: readonly string[] | null): void;
  /** 101: what follows is no HTTP any more. */
  switched(head: PeerHead): void;
}

const CR = 0x0d;
const LF = 0x0a;
const HEAD_END = Buffer.from('\r\n\r\n', 'latin1');
const BEGIN = Buffer.from('HTTP/', 'latin1');
/** Interim responses to one request. */
const INTERIM_MAX = 32;

type State = 'idle' | 'head' | 'length' | 'chunked' | 'close' | 'other';

/** Finds the response to one request after the other in the bytes of a connection (RFC 9112 6.3). */
export class ResponseReader {
  /** What is wrong with the response; empty: nothing. Nothing more is read then. */
  fault = '';
  readonly #events: ResponseEvents;
  readonly #headBytesMax: number;
  #state: State = 'idle';
  #lastText = '';
  #lastHead: PeerHead | null = null;
  #gather: Gather | null = null;
  /** How much of CR LF CR LF was seen in the head that is gathered. */
  #matched = 0;
  #isHead = false;
  #upgrade = false;
  #interims = 0;
  #remaining = 0;
  #body: BodyReader | null = null;

  constructor(events: ResponseEvents, headBytesMax: number) {
    this.#events = events;
    this.#headBytesMax = headBytesMax;
  }

  /** Whether a byte of a response was read that is not complete. */
  get begun(): boolean {
    return this.#state !== 'idle' && (this.#state !== 'head' || this.#gather !== null || this.#interims > 0);
  }

  /** A request was sent. @param upgrade it asked for another protocol. */
  begin(isHead: boolean, upgrade: boolean): void {
    this.#state = 'head';
    this.#isHead = isHead;
    this.#upgrade = upgrade;
    this.#interims = 0;
  }

  /** Nothing more is wanted. */
  stop(): void {
    this.#state = 'idle';
    this.#gather = null;
    this.#body = null;
  }

  /** Reads from `start`, at most to `end`; returns the index after the last byte that belongs to the response. */
  read(chunk: Buffer, start: number, end: number): number {
    let at = start;
    while (at < end && this.fault === '') {
      switch (this.#state) {
        case 'head':
          at = this.#readHead(chunk, at, end);
          break;
        case 'length':
          at = this.#readLength(chunk, at, end);
          break;
        case 'chunked':
          at = this.#readChunked(chunk, at, end);
          break;
        case 'close':
          this.#events.data(chunk, at, end);
          return end;
        default:
          return at;
      }
    }
    return at;
  }

  /** The peer has sent its end. True when that is the end of the response, too. */
  end(): boolean {
    if (this.#state !== 'close') return false;
    this.#complete(null);
    return true;
  }

  #readHead(chunk: Buffer, start: number, end: number): number {
    if (this.#gather === null) {
      const found = chunk.indexOf(HEAD_END, start);
      // The chunk may be larger than what was read into it this time.
      if (found >= 0 && found + 4 <= end && found - start <= this.#headBytesMax) {
        this.#take(latin1(chunk, start, found));
        return found + 4;
      }
      if (!beginsHttp(chunk, start, end)) return this.#refuse('not an HTTP response', end);
      this.#gather = new Gather(this.#headBytesMax + 4);
      this.#matched = 0;
    }
    return this.#gatherHead(this.#gather, chunk, start, end);
  }

  #gatherHead(gather: Gather, chunk: Buffer, start: number, end: number): number {
    for (let i = start; i < end; i++) {
      const byte = chunk[i] ?? 0;
      const wanted = this.#matched % 2 === 0 ? CR : LF;
      if (byte === wanted) this.#matched += 1;
      else if (byte === LF || this.#matched % 2 === 1)
        return this.#refuse('CR or LF by itself in the response head', i);
      else this.#matched = 0;
      if (gather.length + (i + 1 - start) > this.#headBytesMax + 4)
        return this.#refuse(
          `a response head of more than ${this.#headBytesMax} bytes (response_header_bytes_max)`,
          i,
        );
      if (this.#matched === 4) {
        gather.add(chunk, start, i + 1);
        this.#gather = null;
        this.#take(gather.take().slice(0, -4));
        return i + 1;
      }
    }
    gather.add(chunk, start, end);
    return end;
  }

  /** A head that comes again (many do, within a second) is not parsed again. */
  #take(text: string): void {
    let head = this.#lastHead;
    if (head === null || text !== this.#lastText) {
      const parsed = parsePeerHead(text);
      if (typeof parsed === 'string') {
        this.fault = parsed;
        return;
      }
      head = parsed;
      this.#lastHead = head;
      this.#lastText = text;
    }
    const { status } = head.head;
    if (status >= 200) this.#final(head, status);
    else if (status === 101) this.#switch(head);
    else if (++this.#interims > INTERIM_MAX) this.fault = `more than ${INTERIM_MAX} interim responses`;
    // 100 was for us: the client has its own already.
    else if (status !== 100) this.#events.interim(head);
  }

  #switch(head: PeerHead): void {
    if (!this.#upgrade) {
      this.fault = '101, which nobody had asked for';
      return;
    }
    this.#state = 'other';
    this.#events.switched(head);
  }

  #final(head: PeerHead, status: number): void {
    const bodiless = this.#isHead || status === 204 || status === 304;
    if (bodiless || (head.contentLength === 0 && !head.chunked)) this.#state = 'idle';
    else if (head.chunked) {
      this.#state = 'chunked';
      this.#body = new BodyReader(
        head,
        {
          bodyBytesMax: Infinity,
          headerBytesMax: this.#headBytesMax,
          headerCountMax: PEER_HEADER_COUNT_MAX,
        },
        this.#events,
      );
    } else if (head.contentLength === -1) this.#state = 'close';
    else {
      this.#state = 'length';
      this.#remaining = head.contentLength;
    }
    const done = this.#state === 'idle';
    this.#events.response(head);
    if (done) this.#events.complete(null);
  }

  #readLength(chunk: Buffer, start: number, end: number): number {
    const stop = Math.min(end, start + this.#remaining);
    this.#remaining -= stop - start;
    this.#events.data(chunk, start, stop);
    if (this.#remaining === 0 && this.#state === 'length') this.#complete(null);
    return stop;
  }

  #readChunked(chunk: Buffer, start: number, end: number): number {
    const body = this.#body;
    if (body === null) return end;
    const next = body.read(chunk, start, end);
    if (body.fault !== null) return this.#refuse(body.fault.reason, next);
    // Whoever took the data may have stopped it meanwhile.
    if (body.done && this.#state === 'chunked')
      this.#complete(body.trailers.length === 0 ? null : body.trailers);
    return next;
  }

  #complete(trailers: readonly string[] | null): void {
    this.stop();
    this.#events.complete(trailers);
  }

  #refuse(fault: string, index: number): number {
    this.fault = fault;
    return index;
  }
}

function beginsHttp(chunk: Buffer, start: number, end: number): boolean {
  const bytes = Math.min(BEGIN.length, end - start);
  return chunk.compare(BEGIN, 0, bytes, start, start + bytes) === 0;
}
