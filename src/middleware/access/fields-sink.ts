import type { ResponseHead, ResponseSink } from '../../http/exchange.ts';
import { PassingSink } from '../passing-sink.ts';

/** A sink that makes another head of each that comes. */
export class FieldsSink extends PassingSink {
  readonly #change: (head: ResponseHead) => ResponseHead;

  constructor(inner: ResponseSink, change: (head: ResponseHead) => ResponseHead) {
    super(inner);
    this.#change = change;
  }

  override start(head: ResponseHead, wholeBytes: number): void {
    this.inner.start(this.#change(head), wholeBytes);
  }
}
