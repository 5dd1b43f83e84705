import type { Socket } from 'node:net';
import { performance } from 'node:perf_hooks';
import { parseFileReference } from '../wire/file.ts';
import { Flag, FRAME_BYTES_MAX, frameHeader, FrameType, ResetReason, u16, u32 } from '../wire/frame.ts';
import { type FrameHandler, FrameReader, WireError } from '../wire/frame-reader.ts';
import { PROTOCOL_VERSION } from '../wire/protocol.ts';
import { parseResponseHead } from '../wire/response.ts';
import { expireStreams } from './expire-streams.ts';
import { FrameWriter } from './frame-writer.ts';
import { CLOSE_NORMAL, ENDING, payloadBytesMin, resetFailure, WHILE_OFFERED } from './frame-rules.ts';
import { parseHello } from './hello.ts';
import { HeaderSlots } from './header-slots.ts';
import { ResponseHeads } from './response-heads.ts';
import { sendRequest } from './request-frame.ts';
import { SendAhead } from './send-ahead.ts';
import { StreamTable } from './stream-table.ts';
import { unbegun } from './unbegun.ts';
import type { StreamCarrier, WorkerStream } from './worker-stream.ts';

/** What the pool wants to hear of its links. */
export interface LinkOwner {
  /** The time of a request is over and the worker was told; `waited`: somebody still waited for the answer. */
  linkLate(link: Link, stream: WorkerStream, waited: boolean): void;
  /** It was told a while ago, and the app has not come to its end. */
  linkStuck(link: Link, stream: WorkerStream): void;
  /** HELLO arrived: requests may be sent. */
  linkReady(link: Link): void;
  /** A thread of the worker became free. */
  linkFreed(link: Link, now: number): void;
  linkClosed(link: Link, reason: string): void;
  /** The worker never began with it: another may. */
  linkReturned(stream: WorkerStream): void;
}

/** Our end of the connection to one worker: frames out in one write per turn of the event loop, frames in to streams. */
export class Link implements FrameHandler, StreamCarrier {
  readonly worker: number;
  readonly pid: number;
  /** How many requests it can run at once. */
  threads = 0;
  /** How many more it may be given. */
  readonly ahead = new SendAhead();
  inFlight = 0;
  /** Requests it was given. */
  served = 0;
  /** What requests on it are written for. */
  readonly speaks: 'wsgi' | 'asgi';
  /** Of these, the ones on whose end nobody counts any more. */
  givenUp = 0;
  /** Counts up with each dispatch, so that the pool can take turns among equals. */
  lastUsed = 0;
  /** No new requests; closes when the last stream is over. */
  draining = false;
  readonly #writer: FrameWriter;
  readonly #owner: LinkOwner;
  readonly #reader: FrameReader = new FrameReader(this);
  readonly #streams = new StreamTable();
  readonly #slots: HeaderSlots;
  readonly #heads = new ResponseHeads();
  #nextId = 1;
  /** When the bytes came that are being read. */
  #heardAt = 0;
  /** Requests that came to their end; counts on. */
  #answered = 0;
  #closed = false;

  constructor(
    worker: number,
    pid: number,
    socket: Socket,
    owner: LinkOwner,
    speaks: 'wsgi' | 'asgi' = 'wsgi',
  ) {
    this.worker = worker;
    this.pid = pid;
    this.#writer = new FrameWriter(socket);
    this.#owner = owner;
    this.speaks = speaks;
    this.#slots = new HeaderSlots(worker);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#close('the connection to it was lost'));
    const hello = JSON.stringify({ protocol: PROTOCOL_VERSION });
    this.#writer.send(frameHeader(hello.length, 0, FrameType.HELLO, 0) + hello);
  }

  get ready(): boolean {
    return this.threads > 0 && !this.draining && !this.#closed;
  }

  /** Sends it; `now` is on the clock of `performance.now()`. */
  dispatch(stream: WorkerStream, now: number): void {
    const id = this.#nextId;
    const { request } = stream;
    this.#nextId = id === 0xffff_ffff ? 1 : id + 1;
    let slot = this.#slots.find(request.block);
    let block: string | null = null;
    let flags = request.body === null && stream.socket === null ? Flag.END : 0;
    if (request.expectContinue) flags |= Flag.EXPECT;
    if (this.ahead.count > 0) flags |= Flag.AHEAD;
    if (this.inFlight === 0) this.ahead.begin(now);
    if (slot === -1) {
      slot = this.#slots.place(request.block);
      block = request.block.marshalled;
      flags |= Flag.BLOCK;
    }
    if (!sendRequest(this.#writer, { id, flags, slot, block }, request)) {
      if (block !== null) this.#slots.forget(slot);
      return stream.fail({ kind: 'too_large' });
    }
    stream.attach(this, id, now);
    this.#streams.add(stream);
    this.inFlight += 1;
    this.served += 1;
    stream.events.dispatched(this.worker, now);
    stream.pump();
  }

  credit(stream: WorkerStream, bytes: number): void {
    this.#writer.send(frameHeader(4, stream.id, FrameType.CREDIT, 0) + u32(bytes));
  }

  sendBody(stream: WorkerStream, chunk: Buffer | null): void {
    if (chunk === null) {
      this.#writer.send(frameHeader(0, stream.id, FrameType.BODY, Flag.END));
      return;
    }
    for (let offset = 0; offset < chunk.length; offset += FRAME_BYTES_MAX) {
      this.#writer.sendBytes(stream.id, FrameType.BODY, 0, chunk.subarray(offset, offset + FRAME_BYTES_MAX));
    }
  }

  sendMessage(stream: WorkerStream, part: Buffer, flags: number): void {
    this.#writer.sendBytes(stream.id, FrameType.MESSAGE, flags, part);
  }

  sendClose(stream: WorkerStream, code: number, reason: string): void {
    const payload = u16(code) + Buffer.from(reason, 'utf8').toString('latin1');
    this.#writer.send(frameHeader(payload.length, stream.id, FrameType.CLOSE, 0) + payload);
  }

  reset(stream: WorkerStream, reason: number): void {
    this.#writer.send(frameHeader(1, stream.id, FrameType.RESET, 0) + String.fromCharCode(reason));
  }

  answerFile(stream: WorkerStream, taken: boolean): void {
    this.#writer.send(frameHeader(1, stream.id, FrameType.FILE, 0) + (taken ? '\0' : '\x01'));
  }

  /** Hand it nothing more; closes once what runs is over. */
  drain(): void {
    this.draining = true;
    this.#checkDrained();
  }

  get streams(): readonly WorkerStream[] {
    return this.#streams.all;
  }

  /** Looks after the requests that run too long; returns when to look again. */
  expire(now: number, obeyMs: number): number {
    return expireStreams(this.#streams.all, now, obeyMs, {
      late: (stream, waited) => this.#owner.linkLate(this, stream, waited),
      stuck: (stream) => {
        this.givenUp += 1;
        this.#owner.linkStuck(this, stream);
        this.#checkDrained();
      },
    });
  }

  /** Gives everything on the link up; what was to be said on it still goes out. */
  destroy(reason: string): void {
    this.#writer.flush();
    this.#close(reason);
  }

  frame(
    type: number,
    flags: number,
    id: number,
    data: Buffer,
    start: number,
    end: number,
    more: number,
  ): void {
    if (id === 0) {
      this.#hello(type, data.toString('utf8', start, end));
      return;
    }
    const stream = this.#streams.get(id);
    // Hints are sent by whatever thread of the app; one that comes too late says nothing any more.
    if (type === FrameType.INFORM && (stream === undefined || stream.answered)) return;
    if (stream === undefined)
      throw new WireError(`a frame of type ${type} for stream ${id}, which is not open`);
    if (stream.offered && !WHILE_OFFERED.has(type))
      throw new WireError(`a frame of type ${type} before the file was answered`);
    if (end - start < payloadBytesMin(type))
      throw new WireError(`a frame of type ${type} with ${end - start} bytes`);
    if (type === FrameType.RESPONSE)
      this.#response(stream, (flags & Flag.END) === 0 ? -1 : more, data, start, end);
    else if (type === FrameType.BODY) this.#body(stream, data, start, end);
    else if (type === FrameType.DONE) this.#done(stream);
    else if (type === FrameType.CREDIT) stream.creditReceived(data.readUInt32LE(start));
    else if (type === FrameType.RESET) this.#reset(stream, data, start, end);
    else if (type === FrameType.INFORM) this.#inform(stream, data, start, end);
    else if (type === FrameType.TRAILERS) this.#trailers(stream, data.toString('latin1', start, end));
    else if (type === FrameType.MESSAGE) this.#message(stream, flags, data, start, end);
    else if (type === FrameType.ACCEPT) this.#accept(stream, data, start, end);
    else if (type === FrameType.CLOSE) this.#closing(stream, data, start, end);
    else if (type === FrameType.FILE) this.#file(stream, flags, data, start, end);
    else throw new WireError(`a worker sent a frame of type ${type}`);
    if ((flags & Flag.END) !== 0 && more === 0 && ENDING.has(type)) this.#ended(stream, flags);
  }

  /** Bytes of the worker, valid only during the call. */
  receive(chunk: Buffer): void {
    const before = this.#answered;
    this.#heardAt = performance.now();
    try {
      this.#reader.push(chunk);
      const answered = this.#answered - before;
      if (answered > 0 && this.speaks === 'wsgi') this.ahead.answered(answered, performance.now());
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      this.#close(`it broke the wire protocol: ${error.message}`);
    }
  }

  #hello(type: number, text: string): void {
    if (type !== FrameType.HELLO) throw new WireError(`a frame of type ${type} on stream 0`);
    if (this.threads !== 0) throw new WireError('a second HELLO');
    this.threads = parseHello(text).threads;
    this.#owner.linkReady(this);
  }

  /** `more`: so many bytes of the body follow; -1: nobody knows. */
  #response(stream: WorkerStream, more: number, data: Buffer, start: number, end: number): void {
    if (stream.answered) throw new WireError('a second RESPONSE on one stream');
    stream.answered = true;
    const bodyStart = start + 4 + data.readUInt32LE(start);
    if (bodyStart > end) throw new WireError('a RESPONSE head longer than its frame');
    if (stream.state !== 'running') return;
    const head = this.#heads.read(data, start + 4, bodyStart);
    const bytes = end - bodyStart;
    stream.events.response(head, more === -1 ? -1 : bytes + more);
    if (bytes > 0) this.#body(stream, data, bodyStart, end);
  }

  #body(stream: WorkerStream, data: Buffer, start: number, end: number): void {
    if (!stream.answered) throw new WireError('BODY before RESPONSE');
    if (!stream.received(end - start)) throw new WireError('more BODY than credit');
    if (stream.state === 'running') stream.events.body(data, start, end);
  }

  #file(stream: WorkerStream, flags: number, data: Buffer, start: number, end: number): void {
    if (stream.answered || stream.socket !== null || flags !== 0)
      throw new WireError('FILE where none belongs');
    const headEnd = start + 4 + data.readUInt32LE(start);
    const file = parseFileReference(data, headEnd, end);
    stream.offered = true;
    stream.busy = true;
    if (stream.state === 'running') stream.events.file(this.#heads.read(data, start + 4, headEnd), file);
    else stream.fileTaken();
  }

  #inform(stream: WorkerStream, data: Buffer, start: number, end: number): void {
    const headEnd = start + 4 + data.readUInt32LE(start);
    if (headEnd !== end) throw new WireError('an INFORM with a body');
    if (stream.state === 'running')
      stream.events.inform({ ...parseResponseHead(data.toString('latin1', start + 4, end)), memo: null });
  }

  #trailers(stream: WorkerStream, text: string): void {
    if (!stream.answered) throw new WireError('TRAILERS before RESPONSE');
    if (stream.state !== 'running') return;
    stream.linger();
    stream.events.end(text === '' ? [] : text.split('\n'));
  }

  #accept(stream: WorkerStream, data: Buffer, start: number, end: number): void {
    if (stream.socket === null || stream.answered) throw new WireError('ACCEPT where none belongs');
    stream.answered = true;
    // Its end is told by DONE alone.
    stream.busy = true;
    if (data.readUInt32LE(start) !== end - start - 4)
      throw new WireError('an ACCEPT head that is not its frame');
    const [protocol = '', ...fields] = data.toString('latin1', start + 4, end).split('\n');
    if (stream.state === 'running') stream.socket.accepted(protocol, fields);
  }

  #message(stream: WorkerStream, flags: number, data: Buffer, start: number, end: number): void {
    if (stream.socket === null || !stream.busy) throw new WireError('MESSAGE before ACCEPT');
    if (!stream.received(Math.max(1, end - start))) throw new WireError('more MESSAGE than credit');
    if (stream.state !== 'running') return;
    stream.socket.message(data, start, end, (flags & Flag.TEXT) !== 0, (flags & Flag.MORE) !== 0);
  }

  #closing(stream: WorkerStream, data: Buffer, start: number, end: number): void {
    if (stream.socket === null || !stream.busy) throw new WireError('CLOSE before ACCEPT');
    if (stream.state === 'running')
      stream.socket.closing(data.readUInt16LE(start), data.toString('utf8', start + 2, end));
  }

  #ended(stream: WorkerStream, flags: number): void {
    if (!stream.answered && stream.state === 'running') throw new WireError('END before RESPONSE');
    if (stream.state === 'running') {
      stream.linger();
      stream.events.end(null);
    }
    if ((flags & Flag.BUSY) === 0) this.#free(stream);
    else stream.busy = true;
  }

  #done(stream: WorkerStream): void {
    if (!stream.busy) throw new WireError('DONE before END');
    if (stream.offered && stream.state === 'running') {
      this.#release(stream);
      stream.fail({ kind: 'worker_died', message: `worker ${this.worker}: the request was given up` });
      this.#freed();
      return;
    }
    if (stream.socket !== null && stream.state === 'running') stream.socket.closing(CLOSE_NORMAL, '');
    this.#free(stream);
  }

  #reset(stream: WorkerStream, data: Buffer, start: number, end: number): void {
    const message = data.toString('utf8', start + 1, end);
    const reason = data[start];
    this.#release(stream);
    if (reason === ResetReason.REFUSED && stream.mayBeSentAhead && !stream.answered) {
      this.ahead.refused();
      if (stream.takeBack()) this.#owner.linkReturned(stream);
    } else stream.fail(resetFailure(reason, message));
    this.#freed();
  }

  #free(stream: WorkerStream): void {
    this.#release(stream);
    stream.close();
    this.#answered += 1;
    this.#freed();
  }

  #release(stream: WorkerStream): void {
    this.#streams.delete(stream);
    this.inFlight -= 1;
    if (stream.late === 'given_up') this.givenUp -= 1;
  }

  #freed(): void {
    if (this.draining) this.#checkDrained();
    else if (!this.#closed) this.#owner.linkFreed(this, this.#heardAt);
  }

  #checkDrained(): void {
    if (this.draining && this.inFlight === this.givenUp) this.#close('drained');
  }

  #close(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#writer.close();
    this.#owner.linkClosed(this, reason);
    const message = `worker ${this.worker} (pid ${this.pid}): ${reason}`;
    const streams = this.streams;
    this.#streams.clear();
    this.inFlight = 0;
    const returned = unbegun(streams, this.threads);
    for (const stream of streams) {
      if (!returned.has(stream)) stream.fail({ kind: 'worker_died', message });
      else if (stream.takeBack()) {
        stream.moved = true;
        this.#owner.linkReturned(stream);
      }
    }
  }
}
