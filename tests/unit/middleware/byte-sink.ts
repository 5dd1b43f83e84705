// A sink that keeps the bytes, and lets a test wait for them.
import { setImmediate as turn } from 'node:timers/promises';
import zlib from 'node:zlib';
import type { ResponseHead } from '../../../src/http/exchange.ts';
import { FakeSink } from '../handlers/fake-exchange.ts';

// The types of the oldest runtime do not know it.
interface ZstdRuntime {
  zstdDecompressSync(bytes: Buffer, options: { finishFlush: number }): Buffer;
}

export class ByteSink extends FakeSink {
  readonly pieces: Buffer[] = [];
  /** Nothing starts any more, as with a client that left. */
  dead = false;

  override start(head: ResponseHead, wholeBytes: number): void {
    if (!this.dead) super.start(head, wholeBytes);
  }

  override write(chunk: Buffer, start: number, end: number): void {
    this.pieces.push(Buffer.from(chunk.subarray(start, end)));
  }

  get bytes(): Buffer {
    return Buffer.concat(this.pieces);
  }

  /** The header's values joined, '' without one. */
  field(name: string): string {
    const fields = this.head?.fields ?? [];
    return fields.filter((_, i) => i % 2 === 1 && fields[i - 1]?.toLowerCase() === name).join(' + ');
  }

  /** What a client reads of what has arrived; the body need not be complete. */
  decoded(): string {
    const { bytes } = this;
    switch (this.field('content-encoding')) {
      case 'gzip':
        return zlib.gunzipSync(bytes, { finishFlush: zlib.constants.Z_SYNC_FLUSH }).toString();
      case 'br':
        return zlib
          .brotliDecompressSync(bytes, { finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH })
          .toString();
      case 'zstd':
        return (zlib as unknown as ZstdRuntime).zstdDecompressSync(bytes, { finishFlush: 1 }).toString();
      default:
        return bytes.toString();
    }
  }

  /** Resolves when the condition holds, after as many turns of the event loop as that takes within 5 s. */
  async until(condition: (sink: ByteSink) => boolean): Promise<void> {
    const limit = performance.now() + 5000;
    while (!condition(this)) {
      if (performance.now() > limit) throw new Error('it did not come about');
      await turn();
    }
  }

  complete(): Promise<void> {
    return this.until((sink) => sink.ended !== undefined || sink.aborted !== '');
  }
}
