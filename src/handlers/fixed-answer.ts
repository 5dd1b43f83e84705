import { readFileSync, statSync } from 'node:fs';
import type { Handler } from '../http/exchange.ts';
import type { Log } from '../telemetry/log.ts';
import type { RespondSpec } from '../wire/site-spec.ts';
import type { ErrorPages } from './error-pages.ts';
import { responseHead } from './respond.ts';

/** Files are held in memory. */
const FILE_BYTES_MAX = 1_048_576;

/** As nginx has it: the connection is ended without an answer. */
const NO_ANSWER = 444;

/** The same answer for everybody. An error without a text of its own is an error page. A file that can't be read is told, and answered with 500. */
export function fixedAnswer(spec: RespondSpec, errorPages: ErrorPages, log: Log): Handler {
  const { status, text, file, contentType } = spec;
  if (status === NO_ANSWER)
    return (exchange, sink) => {
      exchange.status = NO_ANSWER;
      sink.abort('no answer is wanted');
    };
  if (text === '' && file === '' && status >= 400)
    return (exchange, sink) => errorPages.respond(sink, status, DETAIL, { requestId: exchange.id });
  const body = file === '' ? Buffer.from(text, 'utf8') : readFile(file);
  if (typeof body === 'string') {
    log.error(`The file for respond_file, ${file}, cannot be sent: ${body}`);
    return (exchange, sink) =>
      errorPages.respond(sink, 500, 'The server cannot read the file for this answer.', {
        requestId: exchange.id,
      });
  }
  const bodyless = status === 204 || status === 205 || status === 304;
  const fields = bodyless ? [] : ['Content-Type', contentType, 'Content-Length', String(body.length)];
  const head = responseHead(status, body.length === 0 && !bodyless ? ['Content-Length', '0'] : fields);
  return (_exchange, sink) => {
    sink.start(head, body.length);
    if (body.length > 0) sink.writeShared(body, 0, body.length);
    sink.end(null);
  };
}

const DETAIL = 'The server is configured to answer so.';

/** The contents; else what is wrong. */
function readFile(path: string): Buffer | string {
  try {
    if (statSync(path).size > FILE_BYTES_MAX) return `it is larger than ${FILE_BYTES_MAX} bytes`;
    return readFileSync(path);
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return 'there is no such file';
    return code === 'EACCES' ? 'this user may not read it' : message;
  }
}
