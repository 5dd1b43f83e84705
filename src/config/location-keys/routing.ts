import type { LocationKeyRow } from '../location-key-row.ts';

/** Which requests are meant. */
export const ROUTING_KEYS = {
  path: {
    type: 'string',
    default: '',
    about: 'any',
    help: 'The paths it answers, percent-decoded; begins with /. All that begin with it, unless `match` says otherwise.',
    standard: 'none, it is required',
  },
  match: {
    type: 'choice',
    choices: ['prefix', 'exact', 'prefix-only', 'regex'],
    default: 'prefix',
    about: 'any',
    help: 'What `path` is: the beginning of paths (`prefix`), one path (`exact`), or a regular expression (`regex`, in the syntax of RE2). An exact path counts most, then the first regular expression that fits, then the longest prefix; no regular expression is tried where the longest prefix is `prefix-only`.',
    standard: null,
  },
  rewrite: {
    type: 'string',
    default: '',
    about: ['app', 'static', 'proxy'],
    help: 'What the path is changed into before it is answered here: `/index.php`, `/v2/$1`. The query is kept unless there is a `?`.',
    standard: 'none',
  },
  maintenance: {
    type: 'boolean',
    default: false,
    about: 'any',
    help: 'Whether clients get 503 here, whatever the site says; false: it answers while the site is under maintenance.',
    standard: 'as the site',
  },
} as const satisfies Record<string, LocationKeyRow>;
