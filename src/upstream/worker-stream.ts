import type { ResponseHead } from '../http/exchange.ts';
import type { FileReference } from '../wire/file.ts';
import { Flag, ResetReason, STREAM_CREDIT } from '../wire/frame.ts';
import type { BodySource } from './body-source.ts';
import type { EncodedBlock } from './header-slots.ts';

/** What a request is called where people read. */
export interface RequestLine {
  readonly method: string;
  readonly target: { readonly raw: string };
}

/** A request, ready to be written to any worker. */
export interface WorkerRequest {
  readonly id: string;
  /** Method and target as received, for the log. */
  readonly line: RequestLine;
  /** The items in front of the tuple, marshalled; what they are depends on the app's interface. */
  readonly head: string;
  readonly block: EncodedBlock;
  /** Overrides of the block for this request: a marshalled dict, or null. */
  readonly extra: string | null;
  /** The whole body: as a latin-1 string of bytes when it came in one piece or is small, as bytes when not. Nobody holds it when the request is over. */
  inlineBody: string | Buffer | null;
  /** The body in pieces, when it is not. */
  readonly body: BodySource | null;
  /** The client waits for 100 Continue: no byte of the body before the worker asks for it. */
  readonly expectContinue: boolean;
}

/** Why a request got no (complete) response from its worker. */
export type UpstreamFailure =
  | { readonly kind: 'app_error'; readonly message: string }
  | { readonly kind: 'protocol'; readonly message: string }
  | { readonly kind: 'worker_died'; readonly message: string }
  | { readonly kind: 'body_failed'; readonly message: string }
  | { readonly kind: 'queue_full' }
  /** There is none, and none can be started. */
  | { readonly kind: 'no_worker' }
  /** The server has stopped before it was done. `told`: it is one of those that the log names. */
  | { readonly kind: 'stopped'; readonly reason: string; readonly told: boolean }
  /** The head does not fit a frame. */
  | { readonly kind: 'too_large' }
  | { readonly kind: 'queue_timeout'; readonly waitedMs: number }
  /** The app took longer than it may; `limitMs` is what it may. */
  | { readonly kind: 'request_timeout'; readonly limitMs: number };

/** What comes back. `data[start, end)` is valid only during the call. After `end` or `failed` nothing is called. */
export interface StreamEvents {
  /** The request left the queue for a worker; `now` is on the clock of `performance.now()`. */
  dispatched(worker: number, now: number): void;
  inform(head: ResponseHead): void;
  response(head: ResponseHead, wholeBytes: number): void;
  body(data: Buffer, start: number, end: number): void;
  end(trailers: readonly string[] | null): void;
  /**
   * The app offers a file as its body. It waits for `WorkerStream.fileTaken`, after which nothing more is called, or `fileRefused`, after
   * which the response comes as any other; one of them must be called, whatever happens.
   */
  file(head: ResponseHead, file: FileReference): void;
  failed(failure: UpstreamFailure): void;
}

/** What comes back besides when the request opens a WebSocket. The order is ACCEPT, then messages, then perhaps `closing`. */
export interface SocketEvents {
  accepted(protocol: string, fields: readonly string[]): void;
  /** A message, or with `more` a part of one. `data[start, end)` is valid only during the call. */
  message(data: Buffer, start: number, end: number, text: boolean, more: boolean): void;
  /** The app wants to close. */
  closing(code: number, reason: string): void;
}

/** The link as its streams see it. */
export interface StreamCarrier {
  credit(stream: WorkerStream, bytes: number): void;
  sendBody(stream: WorkerStream, chunk: Buffer | null): void;
  sendMessage(stream: WorkerStream, part: Buffer, flags: number): void;
  sendClose(stream: WorkerStream, code: number, reason: string): void;
  /** Tells the worker that nobody waits for this stream any more, and why (a ResetReason). */
  reset(stream: WorkerStream, reason: number): void;
  /** Whether the file that was offered is taken. */
  answerFile(stream: WorkerStream, taken: boolean): void;
}

export type StreamState =
  /** In the pool's queue. */
  | 'queued'
  /** A worker has it. */
  | 'running'
  /** The client has its response (or left); the worker's thread is still busy with it. */
  | 'lingering'
  /** Over. */
  | 'closed';

/** Credit is given back in portions of this size, not byte by byte. */
const CREDIT_PORTION = STREAM_CREDIT / 4;

/** One request on its way through a pool, and then through a link: the gateway's end of a wire stream. */
export class WorkerStream {
  readonly request: WorkerRequest;
  readonly events: StreamEvents;
  /** Null for all but WebSockets. */
  readonly socket: SocketEvents | null;
  readonly queuedAt: number;
  state: StreamState = 'queued';
  /** Id on the link, 0 while queued. */
  id = 0;
  /** Whether RESPONSE has been seen. */
  answered = false;
  /** Whether END has been seen and DONE is to follow. */
  busy = false;
  /** Whether the worker waits to hear about its file. */
  offered = false;
  /** When it has to be over, on the clock of `performance.now()`; `Infinity`: whenever the app likes. */
  deadline = Infinity;
  /** How far it is past its deadline: not; the worker was told; nobody counts on an end any more. */
  late: 'no' | 'told' | 'given_up' = 'no';
  /** What the app has for it once a worker has it, milliseconds; `Infinity`: no limit. */
  readonly limitMs: number;
  /** Whether it was taken back from a worker that died. */
  moved = false;
  #carrier: StreamCarrier | null = null;
  /** Body bytes we may still send. */
  #sendCredit = STREAM_CREDIT;
  #reading = false;
  #bodyDone = false;
  /** Response bytes that may arrive before more credit is given; guards memory against a worker gone wrong. */
  #receiveCredit = STREAM_CREDIT;
  #owed = 0;
  #outbox: { readonly data: Buffer; readonly text: boolean; sent: number }[] = [];
  /** Called when no message waits for credit any more. */
  onMessagesSent: (() => void) | null = null;

  constructor(
    request: WorkerRequest,
    events: StreamEvents,
    now: number,
    socket: SocketEvents | null = null,
    limitMs = Infinity,
  ) {
    this.request = request;
    this.events = events;
    this.socket = socket;
    this.limitMs = limitMs;
    if (request.expectContinue) this.#sendCredit = 0;
    this.queuedAt = now;
    this.#bodyDone = request.body === null;
  }

  /** The client took `bytes` of the response: the worker may send as many more. */
  consumed(bytes: number): void {
    this.#owed += bytes;
    if (this.#owed < CREDIT_PORTION || this.state !== 'running' || this.#carrier === null) return;
    this.#receiveCredit += this.#owed;
    this.#carrier.credit(this, this.#owed);
    this.#owed = 0;
  }

  /** Sends a message of the WebSocket on, as far as credit goes; `onMessagesSent` follows when all are on their way. */
  sendMessage(data: Buffer, text: boolean): void {
    if (this.#outbox.length === 0 && data.length < this.#sendCredit && this.state === 'running') {
      this.#sendCredit -= data.length || 1;
      this.#carrier?.sendMessage(this, data, text ? Flag.TEXT : 0);
      return;
    }
    this.#outbox.push({ data, text, sent: 0 });
    this.#sendMessages();
  }

  /** Whether messages wait for credit. */
  get messagesWaiting(): boolean {
    return this.#outbox.length > 0;
  }

  /** Tells the worker that the client has closed or is gone; nothing is sent after it. */
  sendClose(code: number, reason: string): void {
    this.#outbox = [];
    if (this.state !== 'running') return;
    this.linger();
    this.#carrier?.sendClose(this, code, reason);
  }

  /** The client left: whatever else comes is ignored, queued work is never started. */
  cancel(): void {
    if (this.state === 'queued') this.close();
    else if (this.state === 'running') {
      this.linger();
      this.#carrier?.reset(this, ResetReason.CLIENT_GONE);
    }
  }

  /** The file is open, or nobody wants it any more: the app may do with it what it wants. */
  fileTaken(): void {
    if (!this.offered || this.state === 'closed') return;
    this.offered = false;
    this.answered = true;
    this.linger();
    this.#carrier?.answerFile(this, true);
  }

  /** The file can't be opened here: the worker is to send its bytes. */
  fileRefused(): void {
    if (!this.offered || this.state === 'closed') return;
    this.offered = false;
    this.busy = false;
    this.#carrier?.answerFile(this, false);
  }

  // What the link calls.

  attach(carrier: StreamCarrier, id: number, now: number): void {
    this.#carrier = carrier;
    this.id = id;
    this.state = 'running';
    if (this.limitMs !== Infinity) this.deadline = now + this.limitMs;
  }

  /** Whether all of it goes along with its head, so that it can be taken back as if it had never been sent. */
  get mayBeSentAhead(): boolean {
    return this.request.body === null && this.socket === null;
  }

  /** The worker never began with it. False: nobody waits for it any more. */
  takeBack(): boolean {
    this.#carrier = null;
    this.deadline = Infinity;
    if (this.state !== 'running') {
      this.close();
      return false;
    }
    this.state = 'queued';
    return true;
  }

  /**
   * Its time may be over at `now`. What the client or the gateway still has to do about it is not the app's time: a body
   * that is on its way has limits of its own, and so has the sending of a file. True: it is over; the worker is told, and whoever waits.
   */
  overdue(now: number): boolean {
    if (this.state === 'running' && (this.#reading || this.offered)) {
      this.deadline = now + this.limitMs;
      return false;
    }
    const wanted = this.state === 'running';
    this.late = 'told';
    this.linger();
    this.#carrier?.reset(this, ResetReason.TIMEOUT);
    if (wanted) this.events.failed({ kind: 'request_timeout', limitMs: this.limitMs });
    return true;
  }

  /** False when the worker sent more than it was allowed. */
  received(bytes: number): boolean {
    this.#receiveCredit -= bytes;
    return this.#receiveCredit >= 0;
  }

  creditReceived(bytes: number): void {
    this.#sendCredit += bytes;
    if (this.socket === null) this.pump();
    else this.#sendMessages();
  }

  /** Sends the body on as far as credit goes. */
  pump(): void {
    const body = this.request.body;
    if (
      body === null ||
      this.#bodyDone ||
      this.#reading ||
      this.#sendCredit === 0 ||
      this.state !== 'running'
    )
      return;
    this.#reading = true;
    body.read(this.#sendCredit, (result) => {
      this.#reading = false;
      if (this.state === 'running') this.#pumped(result);
    });
  }

  linger(): void {
    this.state = 'lingering';
    this.#releaseBody();
  }

  close(): void {
    this.state = 'closed';
    this.#releaseBody();
  }

  /** Ends the stream with a failure, once. */
  fail(failure: UpstreamFailure): void {
    const wanted = this.state === 'running' || this.state === 'queued';
    this.close();
    if (wanted) this.events.failed(failure);
  }

  #pumped(result: Buffer | null | Error): void {
    if (result instanceof Error) {
      this.linger();
      this.#carrier?.reset(this, ResetReason.CLIENT_GONE);
      this.events.failed({ kind: 'body_failed', message: result.message });
      return;
    }
    if (result === null) this.#bodyDone = true;
    else this.#sendCredit -= result.length;
    if (this.deadline !== Infinity) this.deadline = performance.now() + this.limitMs;
    this.#carrier?.sendBody(this, result);
    this.pump();
  }

  #sendMessages(): void {
    for (let message = this.#outbox[0]; message !== undefined; message = this.#outbox[0]) {
      if (this.state !== 'running' || this.#sendCredit <= 0) return;
      const part = message.data.subarray(message.sent, message.sent + this.#sendCredit);
      message.sent += part.length;
      const more = message.sent < message.data.length;
      // An empty message counts as a byte, so that a flood of them is bounded, too.
      this.#sendCredit -= Math.max(1, part.length);
      this.#carrier?.sendMessage(this, part, (message.text ? Flag.TEXT : 0) | (more ? Flag.MORE : 0));
      if (more) return;
      this.#outbox.shift();
    }
    this.onMessagesSent?.();
  }

  #releaseBody(): void {
    this.#bodyDone = true;
    const { request } = this;
    request.body?.close();
    // V8 may have made the request old in its first moment: what it holds would live as long as it is garbage.
    request.inlineBody = null;
  }
}
