import { ConfigError } from './diagnostic.ts';
import type { KeyRow } from './key-row.ts';
import { checkStatusRanges } from './status-ranges.ts';

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

/** Who of several servers gets a request, and what is done when one fails it. */
export const UPSTREAM_BALANCE_KEYS = {
  balance: {
    type: 'choice',
    choices: ['least_connections', 'round_robin', 'two_choices', 'hash'],
    default: 'least_connections',
    help: 'Who gets a request: `least_connections` the peer with the fewest in relation to its weight, equals take turns (so a peer that is slow or hangs gets less by itself), `round_robin` one after the other, `two_choices` the less busy of two that chance names (for many gateways or machines in front of the same peers), `hash` always the same peer for the same `hash_key`.',
    standard: null,
  },
  hash_key: {
    type: 'string',
    default: 'uri',
    help: 'What `balance = "hash"` goes by: `uri`, `client` (the address), `header:NAME` or `cookie:NAME`. When a peer comes or goes, only its share of the keys moves.',
    standard: null,
    check: checkHashKey,
  },
  max_connections: {
    type: 'integer',
    default: 0,
    min: 0,
    max: 65_535,
    unit: 'requests',
    help: 'Requests and tunnels that each gateway has at one peer at once; `max_connections=N` behind a peer says it for that one. 0: no limit.',
    standard: null,
  },
  queue_max: {
    type: 'integer',
    default: 1024,
    min: 0,
    max: 1_000_000,
    unit: 'requests',
    help: 'Requests that wait in each gateway while every peer has `max_connections`. More are answered with 503.',
    standard: null,
  },
  queue_timeout: {
    type: 'duration',
    default: 30,
    min: 0.01,
    max: 86_400,
    unit: 'seconds',
    help: 'Time a request waits so; then 503.',
    standard: null,
  },
  sticky: {
    type: 'string',
    default: '',
    help: 'Name of a cookie that binds a client to the peer that answered it first, for as long as that is well. Nobody can make its value up.',
    standard: 'none: clients are not bound',
    check: checkCookie,
  },
  sticky_secret: {
    type: 'string',
    default: '',
    help: 'Text of at least 16 characters that the values of that cookie are made with: the same on several machines, and clients stay bound over a restart.',
    standard: 'drawn at each start of the server',
    secret: true,
    check: checkSecret,
  },
  fail_max: {
    type: 'integer',
    default: 3,
    min: 0,
    max: 1000,
    unit: 'failures',
    help: 'Failures within `fail_window` for which a peer gets no requests for `fail_time`; then one request finds out whether it is back. Failures are: no connection, silence, a connection closed before the end of a response, a response that is none, and `fail_status`. When all peers fail, they are asked all the same, and a single peer always is. 0: never.',
    standard: null,
  },
  fail_window: {
    type: 'duration',
    default: 10,
    min: 0.1,
    max: 3600,
    unit: 'seconds',
    help: 'See `fail_max`.',
    standard: null,
  },
  fail_time: {
    type: 'duration',
    default: 5,
    min: 0.1,
    max: 3600,
    unit: 'seconds',
    help: 'See `fail_max`. Twice as long each time the peer is not back then, up to four times.',
    standard: null,
  },
  fail_status: {
    type: 'list',
    items: 'string',
    commas: false,
    default: [],
    help: 'Statuses that count as failures of the peer, such as `["502-504"]`. The client gets the answer all the same.',
    standard: null,
    check: checkStatusRanges,
  },
  slow_start: {
    type: 'duration',
    default: 0,
    min: 0,
    max: 3600,
    unit: 'seconds',
    help: 'Time in which a peer that came back works up to its share of the requests. 0: it has all of it at once.',
    standard: null,
  },
  retries: {
    type: 'integer',
    default: 2,
    min: 0,
    max: 100,
    unit: 'tries',
    help: 'How often a request that failed is sent to another peer, as long as nothing of a response was sent to the client: any request that no connection could be had for, else those of `retry_methods` whose body is in memory (up to 64 KiB).',
    standard: null,
  },
  retry_timeout: {
    type: 'duration',
    default: 30,
    min: 0.1,
    max: 3600,
    unit: 'seconds',
    help: 'When a request has taken this long already, it is not sent again.',
    standard: null,
  },
  retry_budget: {
    type: 'integer',
    default: 20,
    min: 0,
    max: 100,
    unit: 'percent',
    help: 'Of all requests, how many may be sent again: when all peers fail, retries would multiply the load that they fail under. 100 may always be sent again at once.',
    standard: null,
  },
  retry_methods: {
    type: 'list',
    items: 'string',
    commas: false,
    default: ['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE'],
    help: 'Methods of requests that may be sent again although a peer may have begun to work on them. With POST or PATCH your application has to bear the same request twice.',
    standard: null,
    check: checkMethods,
  },
  retry_status: {
    type: 'list',
    items: 'string',
    commas: false,
    default: [],
    help: 'Statuses in the place of which another peer is asked, such as `["502-504"]`, for `retry_methods`.',
    standard: null,
    check: checkStatusRanges,
  },
  send_proxy_protocol: {
    type: 'choice',
    choices: ['off', 'v1', 'v2'],
    default: 'off',
    help: 'Whether peers are told who the client is by the PROXY protocol, ahead of the request. Each request has a connection of its own then. Not for https.',
    standard: null,
  },
} as const satisfies Record<string, KeyRow>;

function checkHashKey(text: string): void {
  if (text === 'uri' || text === 'client') return;
  const [, name = ''] = /^(?:header|cookie):(.*)$/.exec(text) ?? [];
  if (!TOKEN.test(name))
    throw new ConfigError(
      `\`${text}\` is nothing that a request can be told by`,
      'uri, client, header:NAME or cookie:NAME',
    );
}

function checkCookie(name: string): void {
  if (!TOKEN.test(name))
    throw new ConfigError(`\`${name}\` is not the name of a cookie`, 'a name such as srv');
}

function checkSecret(text: string): void {
  if (text.length < 16)
    throw new ConfigError(
      'a secret of less than 16 characters',
      'at least 16 characters',
      'make one: openssl rand -hex 16',
    );
}

function checkMethods(methods: readonly string[]): void {
  const wrong = methods.find((method) => !/^[A-Z][A-Z-]{0,31}$/.test(method));
  if (wrong !== undefined)
    throw new ConfigError(`\`${wrong}\` is not a method`, 'methods in capitals, such as GET');
}
