import type { Exchange, ResponseHead, ResponseSink } from '../http/exchange.ts';
import type { FileReference } from '../wire/file.ts';

/** The ways of an app to name a file in a header: nginx's (X-Accel-Redirect, a path of the site) and Apache's (X-Sendfile, a path of the machine). */
export type SendfileKind = 'accel' | 'sendfile';

/** Who sends the files that an app wants sent in the place of a body. */
export interface AppFiles {
  /**
   * Answers with a file that a worker has open and that the app may remove as soon as `done` is called. It is called exactly once: when the
   * file is open here, or nobody wants it any more; or as `refused`, when it can't be opened and nothing has been done with exchange and
   * sink: the worker sends the bytes then.
   */
  readonly answerFile: (
    exchange: Exchange,
    sink: ResponseSink,
    head: ResponseHead,
    file: FileReference,
    done: (refused?: 'refused') => void,
  ) => void;
  /** The headers that mean something here; any other is passed to the client, for a server in front of this one. */
  readonly sendfileKinds: readonly SendfileKind[];
  /** Answers with the file that `value`, such a header's, names. Null: none of them means anything. */
  readonly sendfile:
    | ((
        exchange: Exchange,
        sink: ResponseSink,
        head: ResponseHead,
        kind: SendfileKind,
        value: string,
      ) => void)
    | null;
}

/** The header by which a response asks for a file instead of its body. */
export function namedFile(
  head: ResponseHead,
  kinds: readonly SendfileKind[],
): { readonly kind: SendfileKind; readonly value: string } | null {
  if (kinds.length === 0) return null;
  const { fields } = head;
  for (let i = 0; i < fields.length; i += 2) {
    const name = fields[i] ?? '';
    // Few names are as long as these, so the others cost next to nothing.
    if (name.length !== ACCEL.length && name.length !== SENDFILE.length) continue;
    const lower = name.toLowerCase();
    const kind = lower === ACCEL ? 'accel' : lower === SENDFILE ? 'sendfile' : null;
    if (kind !== null && kinds.includes(kind)) return { kind, value: fields[i + 1] ?? '' };
  }
  return null;
}

const ACCEL = 'x-accel-redirect';
const SENDFILE = 'x-sendfile';
