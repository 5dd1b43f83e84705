import type { FileEntry } from '../files/file-entry.ts';
import type { FileStore } from '../files/file-store.ts';
import { acceptedCodings, acceptEncoding, type Coding } from '../http/accept-encoding.ts';
import { isCompressible } from '../http/compressible.ts';
import type { Exchange, ResponseHead } from '../http/exchange.ts';

/** A form of a file, and the fields that say which; flat. */
export interface FileForm {
  readonly entry: FileEntry;
  readonly fields: readonly string[];
}

/**
 * Chooses the form of a file that an app named: compressed where the client takes it and nothing speaks against it. The whole file goes
 * out for a part, for an answer that is no 200, and where the app says `no-transform`. Calls back once, perhaps at once; never when the
 * client leaves before.
 */
export function chooseForm(
  files: FileStore,
  exchange: Exchange,
  { head, entry }: { readonly head: ResponseHead; readonly entry: FileEntry },
  done: (form: FileForm) => void,
): void {
  const { method, block } = exchange.head;
  const plain = { entry, fields: [] };
  if (entry.codings.length === 0 && !isCompressible(entry.contentType)) return done(plain);
  if (head.status !== 200 || (method !== 'GET' && method !== 'HEAD') || keepsForm(head)) return done(plain);
  const whole = { entry, fields: VARY };
  const { codings } = acceptedCodings(acceptEncoding(block.lower, block.fields), CODINGS);
  const [wanted] = codings;
  if (wanted === undefined || block.lower.includes('range')) return done(whole);
  for (const coding of codings) {
    const variant = entry.variant(coding);
    if (variant !== null) return done(coded(variant, coding));
  }
  if (!entry.compressible) return done(whole);
  let gone = false;
  exchange.onGone = () => {
    gone = true;
  };
  files.compressed(entry, wanted, (variant) => {
    if (gone) return;
    exchange.onGone = null;
    done(variant === null ? whole : coded(variant, wanted));
  });
}

/** In the order of our liking: what is smallest comes first. */
const CODINGS: readonly Coding[] = ['br', 'zstd', 'gzip'];
const VARY = ['Vary', 'Accept-Encoding'];

function coded(entry: FileEntry, coding: Coding): FileForm {
  return { entry, fields: ['Content-Encoding', coding, ...VARY] };
}

/** RFC 9111 5.2.2.6; and a part that the app chose is a part of the file itself. */
function keepsForm({ fields }: ResponseHead): boolean {
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const name = fields[i]?.toLowerCase();
    if (name === 'content-range') return true;
    if (name === 'cache-control' && /\bno-transform\b/i.test(fields[i + 1] ?? '')) return true;
  }
  return false;
}
