import {
  checkAccessKey,
  checkOrigin,
  checkTokens,
  networkOf,
  parseAddressRule,
  parseRate,
} from './access-values.ts';
import { ConfigError } from './diagnostic.ts';
import type { LocationKeyRow } from './location-key-row.ts';
import type { ValueOf } from './option.ts';
import { checkNetwork } from './network.ts';
import { checkPasswordHash, checkUserName } from './password-hash.ts';

/** Who may ask, how often and how fast, and what browsers are told: keys of a site, and of a location. */
export const ACCESS_KEYS = {
  access: {
    type: 'list',
    items: 'string',
    commas: false,
    default: [],
    about: 'any',
    help: 'Who is let in, by address: rules such as `deny 10.0.0.9`, `allow 10.0.0.0/8`, `deny all`. The first that fits the client decides; who fits none is let in.',
    standard: 'everybody is',
    check: (rules: readonly string[]) => rules.forEach(parseAddressRule),
  },
  allow: {
    type: 'list',
    items: 'string',
    commas: false,
    default: [],
    about: 'any',
    help: 'Addresses and networks that are let in, and nobody else: short for `access`.',
    standard: 'everybody is',
    check: checkNetworks,
  },
  deny: {
    type: 'list',
    items: 'string',
    commas: false,
    default: [],
    about: 'any',
    help: 'Addresses and networks that are not let in, while everybody else is: short for `access`.',
    standard: 'nobody is kept out',
    check: checkNetworks,
  },
  basic_auth: {
    type: 'path',
    default: '',
    about: 'any',
    help: 'File of users who have to sign in with their password (HTTP Basic), a line `NAME:HASH` each. `licorne hash-password` and `htpasswd -B` make such hashes. It is read at the start and at each reload.',
    standard: 'nobody has to',
  },
  basic_auth_users: {
    type: 'map',
    default: {},
    about: 'any',
    help: 'Such users written here, besides those of `basic_auth`: names and the hashes of their passwords.',
    standard: 'nobody has to',
    secret: true,
    check: checkUsers,
  },
  basic_auth_realm: {
    type: 'string',
    default: 'restricted',
    about: 'any',
    help: 'What browsers say the password is for.',
    standard: null,
    check: checkRealm,
  },
  auth_request: {
    type: 'string',
    default: '',
    about: 'any',
    help: 'Path of this site that is asked about each request first, with its headers and without its body: 2xx lets it pass, 401 and 403 are what the client gets, anything else is 500.',
    standard: 'nobody is asked',
    check: checkAuthPath,
  },
  auth_request_headers: {
    type: 'list',
    items: 'string',
    commas: false,
    default: [],
    about: 'any',
    help: 'Headers of the answer to `auth_request` that the request gets, such as X-Auth-User. What a client sends under these names itself is left out.',
    standard: 'none',
    check: checkTokens,
  },
  rate_limit: {
    type: 'list',
    items: 'string',
    commas: false,
    default: [],
    about: 'any',
    help: 'Requests that are answered in a time, such as `10/s`, or several limits: `["10/s", "1000/h"]`. More get 429.',
    standard: 'no limit',
    check: (rates: readonly string[]) => rates.forEach(parseRate),
  },
  rate_limit_burst: {
    type: 'integer',
    default: 0,
    min: 0,
    max: 1_000_000,
    unit: 'requests',
    about: 'any',
    help: 'How many of them may come at once. 0: as many as each limit allows in its time.',
    standard: null,
  },
  rate_limit_key: {
    type: 'string',
    default: 'client',
    about: 'any',
    help: 'Whose requests are counted together: of the same `client` (its address; of IPv6 the first 64 bits), `path`, `all`, or with the same `header:NAME` or `cookie:NAME` (of the same client where there is none).',
    standard: null,
    check: checkAccessKey,
  },
  rate_limit_headers: {
    type: 'boolean',
    default: false,
    about: 'any',
    help: 'Whether all responses tell how much is left (RateLimit), not only those with 429.',
    standard: null,
  },
  concurrency_max: {
    type: 'integer',
    default: 0,
    min: 0,
    max: 1_000_000,
    unit: 'requests',
    about: 'any',
    help: 'Requests that are answered at the same time, of those that are counted together; more get 429. 0: no limit.',
    standard: null,
  },
  concurrency_key: {
    type: 'string',
    default: 'client',
    about: 'any',
    help: 'Whose requests are counted together by `concurrency_max`, as in `rate_limit_key`.',
    standard: null,
    check: checkAccessKey,
  },
  bandwidth: {
    type: 'bytes',
    default: 0,
    min: 0,
    max: 10_737_418_240,
    unit: 'bytes per second',
    about: 'any',
    help: 'How fast a response is sent, bytes per second. 0: no limit.',
    standard: null,
    check: checkBandwidth,
  },
  cors_origins: {
    type: 'list',
    items: 'string',
    commas: false,
    default: [],
    about: 'any',
    help: 'Sites whose pages may use this one (CORS): origins such as `https://app.example.com`, `https://*.example.com`, or `*`. Preflight requests are answered here, for all methods and headers below.',
    standard: 'none',
    check: (origins: readonly string[]) => origins.forEach(checkOrigin),
  },
  cors_methods: {
    type: 'list',
    items: 'string',
    commas: false,
    default: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'],
    about: 'any',
    help: 'Methods that such pages may use.',
    standard: null,
    check: checkTokens,
  },
  cors_headers: {
    type: 'list',
    items: 'string',
    commas: false,
    default: ['*'],
    about: 'any',
    help: 'Request headers that such pages may set. `*`: all that they ask for.',
    standard: null,
    check: checkTokens,
  },
  cors_expose: {
    type: 'list',
    items: 'string',
    commas: false,
    default: [],
    about: 'any',
    help: 'Response headers that such pages may read besides the usual.',
    standard: 'none',
    check: checkTokens,
  },
  cors_credentials: {
    type: 'boolean',
    default: false,
    about: 'any',
    help: 'Whether such pages act as the user who is signed in here: with cookies and passwords.',
    standard: null,
  },
  cors_max_age: {
    type: 'duration',
    default: 7200,
    min: 0,
    max: 86_400,
    unit: 'seconds',
    about: 'any',
    help: 'How long browsers remember the answer to a preflight request.',
    standard: null,
  },
  security_headers: {
    type: 'choice',
    choices: ['off', 'basic', 'strict'],
    default: 'off',
    about: 'any',
    help: 'Headers that make browsers careful, added to responses that do not have them. `basic` fits any site; `strict` forbids foreign scripts, framing and sensors.',
    standard: null,
  },
} as const satisfies Record<string, LocationKeyRow>;

export type AccessKeyName = keyof typeof ACCESS_KEYS;

/** What is said of access; what was not given is absent. */
export type AccessValues = { readonly [K in AccessKeyName]?: ValueOf<(typeof ACCESS_KEYS)[K]> };

/** Keys that mean something together. */
const SUBJECTS: readonly (readonly AccessKeyName[])[] = [
  ['access', 'allow', 'deny'],
  ['basic_auth', 'basic_auth_users', 'basic_auth_realm'],
  ['auth_request', 'auth_request_headers'],
  ['rate_limit', 'rate_limit_burst', 'rate_limit_key', 'rate_limit_headers'],
  ['concurrency_max', 'concurrency_key'],
  ['bandwidth'],
  ['cors_origins', 'cors_methods', 'cors_headers', 'cors_expose', 'cors_credentials', 'cors_max_age'],
  ['security_headers'],
];

/** What holds for a location: of each subject that it says something of what it says, else what its site says. */
export function accessAmong(own: AccessValues, outer: AccessValues): AccessValues {
  const among: Partial<Record<AccessKeyName, unknown>> = {};
  for (const keys of SUBJECTS) {
    const from = keys.some((key) => own[key] !== undefined) ? own : outer;
    for (const key of keys) if (from[key] !== undefined) among[key] = from[key];
  }
  return among as AccessValues;
}

/** The part of a table that is about access. */
export function accessValues(said: AccessValues): AccessValues {
  return accessAmong(said, {});
}

function checkNetworks(networks: readonly string[]): void {
  for (const network of networks) checkNetwork(networkOf(network));
}

function checkUsers(users: Readonly<Record<string, string>>): void {
  for (const [name, hash] of Object.entries(users)) {
    checkUserName(name);
    checkPasswordHash(name, hash);
  }
}

function checkRealm(realm: string): void {
  if (/^[\x20-\x21\x23-\x5b\x5d-\x7e]{1,200}$/.test(realm)) return;
  throw new ConfigError('this realm cannot stand in a header', 'ASCII text without quotes and \\');
}

function checkAuthPath(path: string): void {
  if (path === '' || /^\/[\x21-\x22\x24-\x7e]*$/.test(path)) return;
  const hint = /^https?:/.test(path) ? 'give it a location with `proxy`, and name the path of that' : null;
  throw new ConfigError(`\`${path}\` is not a path`, 'a path of this site, such as /auth/check', hint);
}

function checkBandwidth(bytes: number): void {
  if (bytes !== 0 && bytes < 1024) throw new ConfigError(`${bytes} is too slow`, 'at least 1k, or 0');
}
