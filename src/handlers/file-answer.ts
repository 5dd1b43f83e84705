import type { FileEntry } from '../files/file-entry.ts';
import type { FileStore } from '../files/file-store.ts';
import type { Exchange, ResponseHead, ResponseSink } from '../http/exchange.ts';
import { parseHttpDate } from '../http/parse-date.ts';
import type { Log } from '../telemetry/log.ts';
import type { FileReference } from '../wire/file.ts';
import { BodySender } from './body-sender.ts';
import { answer } from './representation.ts';

export interface FileAnswerOptions {
  readonly files: FileStore;
  readonly log: Log;
}

/**
 * Sends a file under the head that the app gave; conditions and ranges of the request apply to a 200 as to any file. `done` is called once:
 * when the file is open, or as `refused` when it can't be (another may have its name by now): then the worker sends it.
 */
export function answerFile(
  options: FileAnswerOptions,
  exchange: Exchange,
  sink: ResponseSink,
  given: {
    readonly head: ResponseHead;
    readonly file: FileReference;
    readonly done: (refused?: 'refused') => void;
  },
): void {
  const { head, file, done } = given;
  let gone = false;
  exchange.onGone = () => {
    gone = true;
  };
  options.files.exact(file.path, { dev: file.dev, ino: file.ino }, (found) => {
    if (gone) return done();
    exchange.onGone = null;
    if ('miss' in found) {
      options.log.debug(
        `The worker sends ${found.path} itself, the gateway could not open it: ${found.detail}`,
        {
          request_id: exchange.id,
        },
      );
      done('refused');
      return;
    }
    sendUnder(options, exchange, sink, { head, entry: found, offset: file.offset, length: file.length });
    done();
  });
}

/** The answer of an app, and the file that is its body. */
export interface HeadAndFile {
  readonly head: ResponseHead;
  readonly entry: FileEntry;
  readonly offset: number;
  readonly length: number;
}

/** As answerFile, of a file that is open. A validator that the app stated is its own affair and counts; else the file's. */
export function sendUnder(
  options: FileAnswerOptions,
  exchange: Exchange,
  sink: ResponseSink,
  { head, entry, offset, length }: HeadAndFile,
): void {
  const failed = (reason: string): void =>
    options.log.error(`${entry.path} was not sent whole: ${reason}`, { request_id: exchange.id });
  const size = Math.max(0, Math.min(length, entry.size - offset));
  const { method } = exchange.head;
  const own = split(head, entry);
  if (head.status !== 200 || (method !== 'GET' && method !== 'HEAD') || own.ranged) {
    const fields = [...own.fields, 'Content-Type', own.contentType, 'Content-Length', String(size)];
    sink.start({ status: head.status, reason: head.reason, fields, memo: null }, size);
    if (method === 'HEAD' || size === 0) sink.end(null);
    else
      new BodySender(exchange, sink, {
        file: entry,
        parts: [{ text: null, first: offset, last: offset + size - 1 }],
        failed,
      }).start();
    return;
  }
  const whole = offset === 0 && size === entry.size;
  const etag = own.etag ?? (whole ? entry.etag : '');
  const lastModified = own.lastModified ?? entry.lastModified;
  const stated = [...own.fields, ...(etag === '' ? [] : ['ETag', etag]), 'Last-Modified', lastModified];
  const representation = {
    file: entry,
    offset,
    size,
    validators: {
      etag,
      lastModified: own.lastModified === null ? entry.lastModifiedSeconds : parseHttpDate(own.lastModified),
    },
    contentType: own.contentType,
    fields: stated,
    whole: null,
    notModified: null,
  };
  answer(exchange, sink, representation, failed);
}

interface OwnFields {
  readonly fields: readonly string[];
  readonly contentType: string;
  readonly etag: string | null;
  readonly lastModified: string | null;
  /** The app takes care of ranges itself, or wants none. */
  readonly ranged: boolean;
}

const OURS = new Set(['content-length', 'content-type', 'etag', 'last-modified', 'accept-ranges']);

/** Takes apart what the app stated; the length and the ranges are ours to say. */
function split(head: ResponseHead, entry: FileEntry): OwnFields {
  const fields: string[] = [];
  const special: Record<string, string> = {};
  for (let i = 0; i + 1 < head.fields.length; i += 2) {
    const name = head.fields[i] ?? '';
    const value = head.fields[i + 1] ?? '';
    const lower = name.toLowerCase();
    if (OURS.has(lower)) special[lower] ??= value;
    else fields.push(name, value);
    if (lower === 'content-range') special[lower] = value;
  }
  const acceptRanges = special['accept-ranges'];
  return {
    fields,
    contentType: special['content-type'] || entry.contentType,
    etag: special['etag'] ?? null,
    lastModified: special['last-modified'] ?? null,
    ranged: acceptRanges?.toLowerCase() === 'none' || special['content-range'] !== undefined,
  };
}
