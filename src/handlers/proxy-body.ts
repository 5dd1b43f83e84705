import type { BodySource } from '../upstream/body-source.ts';

/** What a request body is written to. */
export interface BodyTarget {
  /** Bytes that it has not taken yet. */
  readonly pending: number;
  /** The bytes belong to the target. */
  write(bytes: Buffer): void;
  writeText(text: string): void;
}

const PIECE_BYTES = 65_536;
/** With more than this unsent no more of the body is taken. */
const UNSENT_BYTES_MAX = 131_072;

/** Writes a body as it comes and as it is taken, chunked where nobody knows how long it will be (RFC 9112, section 7.1). */
export class ProxyBody {
  readonly #source: BodySource;
  readonly #target: BodyTarget;
  readonly #chunked: boolean;
  readonly #sent: () => void;
  #reading = false;
  #pumping = false;
  #over = false;
  readonly #taken = (piece: Buffer | null | Error): void => this.#piece(piece);

  /** @param sent called once, when everything was written */
  constructor(source: BodySource, target: BodyTarget, chunked: boolean, sent: () => void) {
    this.#source = source;
    this.#target = target;
    this.#chunked = chunked;
    this.#sent = sent;
  }

  /** Goes on, at the beginning and whenever the target has taken what it had. */
  pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    while (!this.#over && !this.#reading && this.#target.pending <= UNSENT_BYTES_MAX) {
      this.#reading = true;
      this.#source.read(PIECE_BYTES, this.#taken);
    }
    this.#pumping = false;
  }

  /** Nothing more is written. */
  stop(): void {
    this.#over = true;
  }

  #piece(piece: Buffer | null | Error): void {
    this.#reading = false;
    // Whoever collects a body that fails tells of it himself.
    if (this.#over || piece instanceof Error) return;
    if (piece === null) {
      this.#over = true;
      if (this.#chunked) this.#target.writeText('0\r\n\r\n');
      this.#sent();
      return;
    }
    if (this.#chunked) this.#target.writeText(`${piece.length.toString(16)}\r\n`);
    this.#target.write(piece);
    if (this.#chunked) this.#target.writeText('\r\n');
    this.pump();
  }
}
