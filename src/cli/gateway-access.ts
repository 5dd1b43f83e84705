import { readFileSync } from 'node:fs';
import { networkOf, parseAddressRule, parseRate } from '../config/access-values.ts';
import { ACCESS_KEYS, accessAmong, type AccessValues } from '../config/access-keys.ts';
import { parseUsersFile } from '../config/password-hash.ts';
import { securityHeaders } from '../config/security-headers.ts';
import type {
  AccessSpec,
  AddressRule,
  BasicAuthSpec,
  ConcurrencySpec,
  CorsSpec,
  RateSpec,
} from '../wire/access-spec.ts';

/** Where something is said of access. */
interface AccessPlace {
  /** Its own words; those of the site count where they say nothing. */
  readonly own: AccessValues;
  readonly site: AccessValues;
  /** What tells the site and the location from all others. */
  readonly siteName: string;
  readonly name: string;
}

/** What holds for a location or a site, as the gateways are told it; null when it says nothing. Throws when the file of users cannot be read. */
export function gatewayAccess(place: AccessPlace): AccessSpec | null {
  const said = accessAmong(place.own, place.site);
  const counter = (key: 'rate_limit' | 'concurrency_max'): string =>
    said[key] === place.own[key] && place.own[key] !== undefined ? place.name : place.siteName;
  const spec: AccessSpec = {
    addresses: addressesOf(said),
    rate: rateOf(said, counter('rate_limit')),
    concurrency: concurrencyOf(said, counter('concurrency_max')),
    basicAuth: basicAuthOf(said),
    authRequest:
      (said.auth_request ?? '') === ''
        ? null
        : { target: said.auth_request ?? '', headers: said.auth_request_headers ?? [] },
    cors: corsOf(said),
    defaultHeaders: securityHeaders(said.security_headers ?? 'off'),
    bytesPerSecond: said.bandwidth ?? 0,
  };
  const { addresses, rate, concurrency, basicAuth, authRequest, cors, defaultHeaders, bytesPerSecond } = spec;
  const nothing =
    [rate, concurrency, basicAuth, authRequest, cors].every((one) => one === null) &&
    addresses.length === 0 &&
    defaultHeaders.length === 0 &&
    bytesPerSecond === 0;
  return nothing ? null : spec;
}

function addressesOf({ access = [], allow = [], deny = [] }: AccessValues): readonly AddressRule[] {
  const rules = access.map(parseAddressRule);
  for (const one of deny) rules.push({ allow: false, network: networkOf(one) });
  for (const one of allow) rules.push({ allow: true, network: networkOf(one) });
  if (allow.length > 0) rules.push({ allow: false, network: '*' });
  return rules;
}

function rateOf(said: AccessValues, counter: string): RateSpec | null {
  const limits = (said.rate_limit ?? []).map(parseRate);
  if (limits.length === 0) return null;
  return {
    counter,
    key: said.rate_limit_key ?? ACCESS_KEYS.rate_limit_key.default,
    limits,
    burst: said.rate_limit_burst ?? 0,
    tell: said.rate_limit_headers ?? false,
  };
}

function concurrencyOf(said: AccessValues, counter: string): ConcurrencySpec | null {
  const { concurrency_max: requestsMax = 0, concurrency_key: key } = said;
  if (requestsMax === 0) return null;
  return { counter, key: key ?? ACCESS_KEYS.concurrency_key.default, requestsMax };
}

function basicAuthOf(said: AccessValues): BasicAuthSpec | null {
  const file = said.basic_auth ?? '';
  const written = Object.entries(said.basic_auth_users ?? {});
  if (file === '' && written.length === 0) return null;
  const users = new Map(file === '' ? [] : parseUsersFile(readFileSync(file, 'utf8')));
  for (const [name, hash] of written) users.set(name, hash);
  return { realm: said.basic_auth_realm ?? ACCESS_KEYS.basic_auth_realm.default, users: [...users] };
}

function corsOf(said: AccessValues): CorsSpec | null {
  const origins = said.cors_origins ?? [];
  if (origins.length === 0) return null;
  return {
    origins: origins.map((origin) => origin.toLowerCase()),
    methods: listText(said.cors_methods ?? ACCESS_KEYS.cors_methods.default),
    headers: listText(said.cors_headers ?? ACCESS_KEYS.cors_headers.default),
    exposed: (said.cors_expose ?? []).join(', '),
    credentials: said.cors_credentials ?? false,
    maxAge: Math.round(said.cors_max_age ?? ACCESS_KEYS.cors_max_age.default),
  };
}

function listText(names: readonly string[]): string {
  return names.includes('*') ? '*' : names.join(', ');
}
