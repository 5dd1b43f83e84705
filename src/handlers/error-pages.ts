import { readFileSync, statSync } from 'node:fs';
import { extname } from 'node:path';
import type { Exchange, ResponseSink } from '../http/exchange.ts';
import { contentTypeOf } from '../files/content-type.ts';
import type { Log } from '../telemetry/log.ts';
import { type ErrorOptions, respondError, responseHead } from './respond.ts';

/** Pages are held in memory: they have to be there when nothing else is. */
const PAGE_BYTES_MAX = 1_048_576;

/** The operator's pages for errors of ours (not the application's own answers), else our own. Read once. */
export class ErrorPages {
  readonly #pages = new Map<string, { readonly type: string; readonly bytes: Buffer }>();

  /** `files`: a status or `4xx`, `5xx`, and the absolute path of its page. What cannot be read is not used; why is told in words. */
  constructor(files: Readonly<Record<string, string>>, log: Log) {
    for (const [status, path] of Object.entries(files)) {
      const page = readPage(path);
      if (typeof page !== 'string')
        this.#pages.set(status, { type: contentTypeOf(extname(path)), bytes: page });
      // One that is missing or a folder was told when the configuration was read.
      else log.line(page === '' ? 'debug' : 'warning', unusable(status, path, page));
    }
  }

  /** As respondError, with the operator's page where there is one. */
  respond(sink: ResponseSink, status: number, detail: string, options: ErrorOptions = {}): void {
    const page = this.#pages.get(String(status)) ?? this.#pages.get(`${Math.floor(status / 100)}xx`);
    if (page === undefined) return respondError(sink, status, detail, options);
    const { type, bytes } = page;
    const own = ['Content-Type', type, 'Content-Length', String(bytes.length), 'Cache-Control', 'no-store'];
    sink.start(responseHead(status, [...own, ...(options.fields ?? [])]), bytes.length);
    sink.writeShared(bytes, 0, bytes.length);
    sink.end(null);
  }
}

/** The contents; else what is wrong, empty when there is no such file. */
function readPage(path: string): Buffer | string {
  try {
    if (statSync(path).size > PAGE_BYTES_MAX) return `it is larger than ${PAGE_BYTES_MAX} bytes`;
    return readFileSync(path);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return '';
    return code === 'EACCES' ? 'this user may not read it' : message;
  }
}

function unusable(status: string, path: string, reason: string): string {
  const why = reason === '' ? 'there is no such file' : reason;
  return `The error page for ${status}, ${path}, is not used: ${why}. The page of the server is sent instead.`;
}

/** The disk or the number of descriptors is at its end: the file may well be there, and later it can be had. */
export function respondUnavailable(pages: ErrorPages, exchange: Exchange, sink: ResponseSink): void {
  const fields = ['Retry-After', '1'];
  pages.respond(sink, 503, 'The server cannot open this file at the moment.', {
    requestId: exchange.id,
    fields,
  });
}
