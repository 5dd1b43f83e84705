import type { ResponseHead } from '../http/exchange.ts';
import { latin1 } from '../http/latin1.ts';
import { parseResponseHead } from '../wire/response.ts';

/** Distinct heads that are remembered; more just miss. */
const HEADS_MAX = 256;
/** Longer heads are parsed each time: they are rare, and would make the memory of the memo unbounded. */
const HEAD_MEMO_BYTES_MAX = 2048;

/** The response heads of one link. Apps answer with the same one again and again: it is parsed once, and the same object then. */
export class ResponseHeads {
  readonly #known = new Map<string, ResponseHead>();
  #lastText = '';
  #last: ResponseHead | null = null;

  /** The head whose text is `data[start, end)`. Throws WireError. */
  read(data: Buffer, start: number, end: number): ResponseHead {
    const text = latin1(data, start, end);
    // Compared at once: a new text would have to be hashed first.
    if (text === this.#lastText && this.#last !== null) return this.#last;
    const head = this.#known.get(text) ?? this.#parse(text);
    this.#lastText = text;
    this.#last = head;
    return head;
  }

  #parse(text: string): ResponseHead {
    const head: ResponseHead = { ...parseResponseHead(text), memo: null };
    if (text.length <= HEAD_MEMO_BYTES_MAX) {
      if (this.#known.size >= HEADS_MAX) this.#known.clear();
      this.#known.set(text, head);
    }
    return head;
  }
}
