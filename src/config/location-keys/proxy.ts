import { ConfigError } from '../diagnostic.ts';
import type { LocationKeyRow } from '../location-key-row.ts';
import { readProxyTarget } from '../proxy-target.ts';

/** How requests are passed on to another server. */
export const PROXY_KEYS = {
  proxy: {
    type: 'string',
    default: '',
    about: 'any',
    help: 'Server that answers: `http://HOST:PORT`, `https://HOST:PORT`, `unix:/PATH`, `uwsgi://HOST:PORT` or `uwsgi:///PATH`; or the NAME of `[upstreams.NAME]` or `[services.NAME]`. When a URL has a path (`http://HOST:PORT/v1/`, `http://NAME/`), it stands in the place of `path`.',
    standard: 'none',
    check: (value: string) => void readProxyTarget(value),
  },
  proxy_host: {
    type: 'string',
    default: '$host',
    about: ['proxy'],
    help: 'The Host it is asked for: `$host` as the client asked, `$proxy_host` the host of the URL, or a name.',
    standard: null,
    check: checkProxyHost,
  },
  proxy_headers: {
    type: 'map',
    default: {},
    about: ['proxy'],
    help: 'Headers set on every request that is passed on, in the place of those of the same name. `""` removes one.',
    standard: null,
    check: checkProxyHeaders,
  },
  proxy_forwarded: {
    type: 'boolean',
    default: false,
    about: ['proxy'],
    help: 'Whether `Forwarded` (RFC 7239) is sent beside `X-Forwarded-For`, `-Proto`, `-Host`, `-Port` and `X-Real-IP`.',
    standard: null,
  },
  proxy_hide_headers: {
    type: 'list',
    items: 'string',
    commas: false,
    default: [],
    about: ['proxy'],
    help: 'Names of response headers that clients do not get.',
    standard: null,
    check: checkNames,
  },
  proxy_connect_timeout: {
    type: 'duration',
    default: 5,
    min: 0.1,
    max: 3600,
    unit: 'seconds',
    about: ['proxy'],
    help: 'Time a peer has to accept a connection, TLS included; then 504.',
    standard: null,
  },
  proxy_read_timeout: {
    type: 'duration',
    default: 60,
    min: 0.1,
    max: 86_400,
    unit: 'seconds',
    about: ['proxy'],
    help: 'Longest silence of a peer that is to answer, before its response and within it; then 504, or the response is cut off.',
    standard: null,
  },
  proxy_send_timeout: {
    type: 'duration',
    default: 60,
    min: 0.1,
    max: 86_400,
    unit: 'seconds',
    about: ['proxy'],
    help: 'Longest time in which a peer takes nothing of a request; then 504.',
    standard: null,
  },
  proxy_tunnel_timeout: {
    type: 'duration',
    default: 3600,
    min: 0,
    max: 604_800,
    unit: 'seconds',
    about: ['proxy'],
    help: 'Longest silence of both sides of a WebSocket or another upgrade. 0: no limit.',
    standard: null,
  },
  proxy_request_buffering: {
    type: 'choice',
    choices: ['auto', 'on', 'off'],
    default: 'auto',
    about: ['proxy'],
    help: 'Whether a request body is collected before a peer is asked (in memory up to `body_memory_bytes`, then on disk): `auto` when it says its length, `on` always, `off` never.',
    standard: null,
  },
  proxy_buffering: {
    type: 'choice',
    choices: ['auto', 'on', 'off'],
    default: 'auto',
    about: ['proxy'],
    help: 'Whether a response is held for a client that is slower than its peer, so that the peer is free: `auto` when it says its length and is no `text/event-stream`. Nothing is ever held back from a client that takes it, and `X-Accel-Buffering: no` is heard.',
    standard: null,
  },
  proxy_buffer_bytes: {
    type: 'bytes',
    default: 1_048_576,
    min: 0,
    max: 1_073_741_824,
    unit: 'bytes',
    about: ['proxy'],
    help: 'Of one response that is held so, at most this is held in memory, the rest on disk.',
    standard: null,
  },
  proxy_spool_bytes: {
    type: 'bytes',
    default: 1_073_741_824,
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
    unit: 'bytes',
    about: ['proxy'],
    help: 'Of one response that is held so, at most this is held on disk, within `spool_bytes_max` of all. Beyond it the peer waits for the client. 0: nothing is.',
    standard: null,
  },
} as const satisfies Record<string, LocationKeyRow>;

function checkProxyHost(value: string): void {
  if (value === '$host' || value === '$proxy_host') return;
  if (/^[A-Za-z0-9._-]+(?::[0-9]{1,5})?$|^\[[0-9A-Fa-f:.]+\](?::[0-9]{1,5})?$/.test(value)) return;
  throw new ConfigError(`\`${value}\` is no host`, '$host, $proxy_host, or a name such as example.com');
}

// What frames a request is not for anybody to say but us.
const RESERVED =
  /^(?:connection|content-length|expect|host|keep-alive|te|trailer|transfer-encoding|upgrade)$/i;

function checkProxyHeaders(headers: Readonly<Record<string, string>>): void {
  checkNames(Object.keys(headers));
  for (const [name, value] of Object.entries(headers)) {
    if (RESERVED.test(name)) {
      const hint = name.toLowerCase() === 'host' ? 'use `proxy_host`' : 'it is set as the request needs it';
      throw new ConfigError(`\`${name}\` is not for a configuration to set`, 'other headers', hint);
    }
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value))
      throw new ConfigError(
        `the value of \`${name}\` holds a character that no header can hold`,
        'text on one line',
      );
    if (/\$[A-Za-z{]/.test(value))
      throw new ConfigError(
        `the value of \`${name}\` holds a variable`,
        'text that is the same for every request',
        'who the client is and what it asked for is sent anyway: see docs/proxy.md',
      );
  }
}

function checkNames(names: readonly string[]): void {
  const wrong = names.find((name) => !/^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(name));
  if (wrong !== undefined)
    throw new ConfigError(`\`${wrong}\` is not the name of a header`, 'names such as X-Powered-By');
}
