import type { ResponseHead, ResponseSink } from '../http/exchange.ts';

/** A sink that passes everything on; middleware overrides what it is about. */
export class PassingSink implements ResponseSink {
  protected readonly inner: ResponseSink;

  constructor(inner: ResponseSink) {
    this.inner = inner;
  }

  get started(): boolean {
    return this.inner.started;
  }

  get pending(): number {
    return this.inner.pending;
  }

  get onDrain(): (() => void) | null {
    return this.inner.onDrain;
  }

  set onDrain(call: (() => void) | null) {
    this.inner.onDrain = call;
  }

  inform(head: ResponseHead): void {
    this.inner.inform(head);
  }

  start(head: ResponseHead, wholeBytes: number): void {
    this.inner.start(head, wholeBytes);
  }

  write(chunk: Buffer, start: number, end: number): void {
    this.inner.write(chunk, start, end);
  }

  writeShared(chunk: Buffer, start: number, end: number): void {
    this.inner.writeShared(chunk, start, end);
  }

  end(trailers: readonly string[] | null): void {
    this.inner.end(trailers);
  }

  abort(reason: string): void {
    this.inner.abort(reason);
  }
}
