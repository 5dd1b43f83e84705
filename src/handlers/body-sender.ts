import { read } from 'node:fs';
import type { FileBody } from '../files/file-entry.ts';
import { heldMemory } from '../files/held-memory.ts';
import type { Exchange, ResponseSink } from '../http/exchange.ts';
import { giveBuffer, PIECE_BYTES, takeBuffer } from './piece-buffers.ts';

/** What a body is put together from: texts, and bytes of the file, `first` to `last` inclusive. */
export type BodyPart =
  | { readonly text: Buffer }
  | { readonly text: null; readonly first: number; readonly last: number };

/** From memory the client is given this much before it has to take some of it. */
const MEMORY_PIECE_BYTES = 524_288;
/** With this much unsent the socket is sure to tell when it has drained. */
const WAIT_BYTES = 65_536;

/**
 * Sends a body after its head. Of a file that is not in memory two pieces are held at most: while one is being sent, the next is read.
 * A file that became shorter than its head said cuts the connection: the client must not take it for complete.
 */
export class BodySender {
  readonly #exchange: Exchange;
  readonly #sink: ResponseSink;
  readonly #file: FileBody;
  readonly #parts: readonly BodyPart[];
  readonly #failed: (reason: string) => void;
  #part = -1;
  /** Of the current part: the next byte to read, and how many are still to be read. */
  #at = 0;
  #left = 0;
  /** -1 when the file is in memory. */
  #fd = -1;
  /** The piece that was read, or is being read. */
  #piece: Buffer | null = null;
  #pieceBytes = 0;
  #reading = false;
  #over = false;
  readonly #proceed = (): void => this.#pump();

  constructor(
    exchange: Exchange,
    sink: ResponseSink,
    options: {
      readonly file: FileBody;
      readonly parts: readonly BodyPart[];
      readonly failed: (reason: string) => void;
    },
  ) {
    this.#exchange = exchange;
    this.#sink = sink;
    this.#file = options.file;
    this.#parts = options.parts;
    this.#failed = options.failed;
  }

  /** The head was given to the sink already. */
  start(): void {
    this.#exchange.onGone = () => this.#finish();
    this.#sink.onDrain = this.#proceed;
    const { bytes } = this.#file;
    if (bytes !== null) heldMemory.hold(bytes);
    else {
      this.#fd = this.#file.retain();
      if (this.#fd === -1) return this.#fail('it was closed before it was sent');
    }
    this.#pump();
  }

  #pump(): void {
    while (!this.#over) {
      const waits = this.#sink.pending >= WAIT_BYTES;
      if (this.#pieceBytes > 0 && !waits) this.#sendPiece();
      else if (this.#reading || this.#pieceBytes > 0) return;
      else if (this.#left > 0 && this.#fd !== -1) this.#readPiece();
      else if (waits) return;
      else if (this.#left > 0) this.#sendMemory();
      else this.#nextPart();
    }
  }

  #nextPart(): void {
    this.#part += 1;
    const part = this.#parts[this.#part];
    if (part === undefined) {
      this.#finish();
      this.#sink.end(null);
    } else if (part.text === null) {
      this.#at = part.first;
      this.#left = part.last - part.first + 1;
    } else this.#sink.writeShared(part.text, 0, part.text.length);
  }

  #sendMemory(): void {
    const { bytes } = this.#file;
    if (bytes === null) return;
    const end = this.#at + Math.min(this.#left, MEMORY_PIECE_BYTES);
    this.#sink.writeShared(bytes, this.#at, end);
    this.#left -= end - this.#at;
    this.#at = end;
  }

  #sendPiece(): void {
    const piece = this.#piece;
    if (piece === null) return;
    const bytes = this.#pieceBytes;
    this.#piece = null;
    this.#pieceBytes = 0;
    // The next piece is on its way while this one is written.
    if (this.#left > 0) this.#readPiece();
    this.#sink.writeShared(piece, 0, bytes);
    // What the system has not taken yet still belongs to the socket.
    if (this.#sink.pending === 0) giveBuffer(piece);
  }

  #readPiece(): void {
    this.#reading = true;
    const piece = takeBuffer();
    this.#piece = piece;
    read(this.#fd, piece, 0, Math.min(this.#left, PIECE_BYTES), this.#at, (error, bytes) => {
      this.#reading = false;
      if (this.#over) this.#release();
      else if (error !== null) this.#fail(`it could not be read: ${error.message}`);
      else if (bytes === 0) this.#fail('it became shorter while it was being sent');
      else {
        this.#at += bytes;
        this.#left -= bytes;
        this.#pieceBytes = bytes;
        this.#pump();
      }
    });
  }

  #fail(reason: string): void {
    this.#failed(reason);
    this.#finish();
    this.#sink.abort(reason);
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#exchange.onGone = null;
    this.#sink.onDrain = null;
    // A read that is under way still uses buffer and descriptor.
    if (!this.#reading) this.#release();
  }

  #release(): void {
    if (this.#piece !== null) giveBuffer(this.#piece);
    this.#piece = null;
    if (this.#file.bytes !== null) heldMemory.release(this.#file.bytes);
    if (this.#fd === -1) return;
    this.#fd = -1;
    this.#file.release();
  }
}
