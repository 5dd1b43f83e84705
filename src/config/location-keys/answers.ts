import { ConfigError } from '../diagnostic.ts';
import type { LocationKeyRow } from '../location-key-row.ts';

/** Answers that come neither from an application nor from a folder. */
export const ANSWER_KEYS = {
  redirect: {
    type: 'string',
    default: '',
    about: 'any',
    help: 'Where clients are sent: `https://$host$uri`, `/new/$1`. The query is kept unless the target has a `?`.',
    standard: 'none',
  },
  respond: {
    type: 'string',
    default: '',
    about: 'any',
    help: 'Text that is sent.',
    standard: 'none',
  },
  respond_file: {
    type: 'path',
    default: '',
    about: 'any',
    help: 'File that is sent in the place of `respond`, whatever the path; read once, at most 1 MiB.',
    standard: 'none',
    check: checkNamed,
  },
  status: {
    type: 'integer',
    default: 0,
    min: 200,
    max: 599,
    about: ['redirect', 'respond', 'respond_file'],
    help: 'Status of the answer. Beside `redirect` 301, 302, 303, 307 or 308; 444 beside `respond`: the connection is ended without an answer.',
    standard: '302 beside `redirect`, else 200',
  },
  content_type: {
    type: 'string',
    default: 'text/plain; charset=utf-8',
    about: ['respond', 'respond_file'],
    help: 'What the text or the file is.',
    standard: 'text/plain; charset=utf-8; of a file what its name says',
    check: checkContentType,
  },
} as const satisfies Record<string, LocationKeyRow>;

function checkNamed(file: string): void {
  if (file === '') throw new ConfigError('no file is named', 'the path of a file');
}

/** RFC 9110 section 8.3.1. */
function checkContentType(type: string): void {
  const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
  const parameter = `;\\s*${token}=(?:${token}|"[^"\\x00-\\x1f\\x7f-\\uffff]*")`;
  if (new RegExp(`^${token}/${token}(?:\\s*${parameter})*$`).test(type)) return;
  throw new ConfigError(`\`${type}\` is not the type of a content`, 'such as text/html; charset=utf-8');
}
