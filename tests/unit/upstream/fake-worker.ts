// A worker that a test plays by hand: it sees the frames the gateway sent and answers with frames of the test's choice.
import { Duplex } from 'node:stream';
import type { Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import type { PoolObserver } from '../../../src/upstream/app-pool.ts';
import type { BodySource } from '../../../src/upstream/body-source.ts';
import { EncodedBlock } from '../../../src/upstream/header-slots.ts';
import {
  type StreamEvents,
  type UpstreamFailure,
  type WorkerRequest,
  WorkerStream,
} from '../../../src/upstream/worker-stream.ts';
import type { FileReference } from '../../../src/wire/file.ts';
import { Flag, frameHeader, FrameType, u32 } from '../../../src/wire/frame.ts';
import { FrameReader } from '../../../src/wire/frame-reader.ts';
import { wsgiRequestHead } from '../../../src/wire/request.ts';

export interface SeenFrame {
  type: number;
  flags: number;
  stream: number;
  payload: string;
}

export class FakeWorker {
  /** Frames the gateway sent after its HELLO. */
  readonly frames: SeenFrame[] = [];
  readonly #duplex: Duplex;
  #receive: (chunk: Buffer) => void = () => undefined;

  constructor() {
    let before = '';
    const reader = new FrameReader({
      frame: (type, flags, stream, data, start, end, more) => {
        const payload = before + data.toString('latin1', start, end);
        before = more > 0 ? payload : '';
        if (type !== FrameType.HELLO && more === 0) this.frames.push({ type, flags, stream, payload });
      },
    });
    this.#duplex = new Duplex({
      read() {},
      write(chunk: Buffer, _encoding, done) {
        reader.push(chunk);
        done();
      },
    });
  }

  /** Connects to it, as a pool does. */
  dial(receive: (chunk: Buffer) => void): Socket {
    this.#receive = receive;
    return this.socket;
  }

  /** The gateway's end. */
  get socket(): Socket {
    return this.#duplex as Socket;
  }

  get closed(): boolean {
    return this.#duplex.destroyed;
  }

  /** The frames sent so far; the gateway writes once per turn of the event loop. */
  async seen(type?: number): Promise<SeenFrame[]> {
    await setImmediate();
    await setImmediate();
    return type === undefined ? this.frames : this.frames.filter((frame) => frame.type === type);
  }

  /** Stream ids of the requests so far. */
  async requests(): Promise<number[]> {
    return (await this.seen(FrameType.REQUEST)).map(({ stream }) => stream);
  }

  send(type: number, stream: number, payload = '', flags = 0): void {
    this.raw(frameHeader(payload.length, stream, type, flags) + payload);
  }

  raw(bytes: string): void {
    this.#receive(Buffer.from(bytes, 'latin1'));
  }

  hello(threads = 1): void {
    this.send(FrameType.HELLO, 0, JSON.stringify({ protocol: 2, threads }));
  }

  respond(stream: number, body = '', flags: number = Flag.END, head = '200 OK'): void {
    this.send(FrameType.RESPONSE, stream, u32(head.length) + head + body, flags);
  }

  leave(): void {
    this.#duplex.destroy();
  }
}

/** Nobody is told about the links. */
export const SILENT: PoolObserver = {
  linked: () => undefined,
  released: () => undefined,
  late: () => undefined,
  stuck: () => undefined,
};

/** What a stream told its owner, in words. */
export class Recorder implements StreamEvents {
  readonly told: string[] = [];
  failure: UpstreamFailure | null = null;

  dispatched(worker: number): void {
    this.told.push(`dispatched ${worker}`);
  }

  inform(head: { status: number }): void {
    this.told.push(`inform ${head.status}`);
  }

  response(head: { status: number; fields: readonly string[] }, wholeBytes: number): void {
    this.told.push(`response ${head.status} ${wholeBytes}`);
  }

  body(data: Buffer, start: number, end: number): void {
    this.told.push(`body ${data.toString('latin1', start, end)}`);
  }

  end(trailers: readonly string[] | null): void {
    this.told.push(trailers === null ? 'end' : `end ${trailers.join('|')}`);
  }

  file(head: { status: number }, file: FileReference): void {
    this.told.push(`file ${head.status} ${file.path} ${file.offset}+${file.length}`);
  }

  failed(failure: UpstreamFailure): void {
    this.failure = failure;
    this.told.push(`failed ${failure.kind}`);
  }
}

/** A GET, or a request with parts of its own. */
export function request(parts: Partial<WorkerRequest> = {}): WorkerRequest {
  return {
    id: 'r-1',
    line: { method: 'GET', target: { raw: '/' } },
    head: wsgiRequestHead('GET', '/', '', '/', 'r-1'),
    block: new EncodedBlock('{0'),
    extra: null,
    inlineBody: null,
    body: null,
    expectContinue: false,
    ...parts,
  };
}

/** A stream as the pool makes it. */
export function streamOf(
  parts: Partial<WorkerRequest>,
  events: StreamEvents,
  limitMs = Infinity,
): WorkerStream {
  return new WorkerStream(request(parts), events, 0, null, limitMs);
}

/** A body that is given by hand. */
export class HandBody implements BodySource {
  closed = 0;
  asked: number[] = [];
  #done: ((result: Buffer | null | Error) => void) | null = null;

  read(max: number, done: (result: Buffer | null | Error) => void): void {
    this.asked.push(max);
    this.#done = done;
  }

  give(result: Buffer | null | Error): void {
    const done = this.#done;
    this.#done = null;
    done?.(result);
  }

  close(): void {
    this.closed += 1;
  }
}
