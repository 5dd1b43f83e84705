import { httpDate } from '../http/date.ts';
import { latin1 } from '../http/latin1.ts';
import type { ResponsePlan } from '../http/response-head.ts';

/** A head as it was written down last. */
interface WrittenHead {
  readonly length: number;
  readonly date: string;
  readonly server: string;
  text: string;
  again: boolean;
}

/**
 * The head of the most usual response: HTTP/1.1, a body of a known length, and the connection goes on. An app gives the same one again and again;
 * then it is one text until the second is over.
 */
export function usualHead(plan: ResponsePlan, length: number, server: string): string {
  const date = httpDate(Date.now());
  const known = plan.memo as WrittenHead | null;
  if (known !== null && known.length === length && known.date === date && known.server === server) {
    if (!known.again) {
      known.again = true;
      known.text = flat(known.text);
    }
    return known.text;
  }
  const named = server === '' ? '' : `Server: ${server}\r\n`;
  const text = `${plan.headText}Content-Length: ${length}\r\nDate: ${date}\r\n${named}\r\n`;
  plan.memo = { length, date, server, text, again: false } satisfies WrittenHead;
  return text;
}

/** The same text, no longer a tree of the pieces that it was put together from, through which each write would have to go. */
function flat(text: string): string {
  const bytes = Buffer.from(text, 'latin1');
  return latin1(bytes, 0, bytes.length);
}
