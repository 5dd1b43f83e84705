import { checkAddedHeaders } from '../added-headers.ts';
import { checkErrorPages } from '../error-page-names.ts';
import type { LocationKeyRow } from '../location-key-row.ts';

/** What is done with a response, whoever gives it. */
export const RESPONSE_KEYS = {
  compress: {
    type: 'choice',
    choices: ['off', 'safe', 'on'],
    default: 'off',
    about: 'any',
    help: 'Beside `static`: whether files are compressed, true or false (`on` and `off` mean the same). Else whether what the application answers is: off, safe or on.',
    standard: 'as `compress_static`, or as `compress`',
  },
  headers: {
    type: 'map',
    default: {},
    about: 'any',
    help: 'Headers added to every response, beside those of the site; `""` removes a header. Those that let it be kept, such as `Cache-Control` or `Expires`, not to errors; `no-store` to all.',
    standard: null,
    check: checkAddedHeaders,
  },
  error_pages: {
    type: 'map',
    values: 'path',
    default: {},
    about: 'any',
    help: 'Pages in the place of our own, as `error_pages` of the site; those for the same status are replaced.',
    standard: 'those of the site',
    check: checkErrorPages,
  },
} as const satisfies Record<string, LocationKeyRow>;
