import { ConfigError } from './diagnostic.ts';
import { LOCATION_KEYS, type LocationValues } from './location-keys.ts';
import { didYouMean } from './nearest.ts';
import type { ValueOf } from './option.ts';
import type { PeerUrl } from './peer-url.ts';
import { readProxyTarget } from './proxy-target.ts';

/** How a location passes requests on. Times in seconds. */
export interface LocationProxy {
  /** Name of `[upstreams.NAME]` or `[services.NAME]`, or a server that is named here alone. */
  readonly upstream: string | PeerUrl;
  /** What stands in the place of the location's path; null: the path stays. */
  readonly prefix: string | null;
  readonly host: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly forwarded: boolean;
  readonly hideHeaders: readonly string[];
  readonly connectTimeout: number;
  readonly readTimeout: number;
  readonly sendTimeout: number;
  readonly tunnelTimeout: number;
  readonly requestBuffering: ValueOf<(typeof LOCATION_KEYS)['proxy_request_buffering']>;
  readonly buffering: ValueOf<(typeof LOCATION_KEYS)['proxy_buffering']>;
  readonly bufferBytes: number;
  readonly spoolBytes: number;
}

/** Whether `proxy` names a server, or an upstream or service that there is. Throws ConfigError. */
export function checkProxy(text: string, upstreams: readonly string[]): void {
  const { name, url } = readProxyTarget(text);
  if (url !== null || (name !== null && upstreams.includes(name))) return;
  const hint =
    didYouMean(text, upstreams) ??
    `add a table [upstreams.${text}] with its peers or [services.${text}] with its command, or write http://${text} for a host`;
  throw new ConfigError(`there is no upstream or service \`${text}\``, upstreams.join(', ') || 'a URL', hint);
}

/** What a URL with a path would replace has to be known. Tells what is wrong. */
export function checkProxyPath(
  said: LocationValues,
  tell: (key: 'proxy', message: string, hint: string) => void,
): void {
  const { proxy, match, rewrite } = said;
  if (proxy === undefined || readProxyTarget(proxy).prefix === null) return;
  if (match === 'regex') {
    const message = 'the path of a URL stands in the place of `path`, and that is a regular expression here';
    tell('proxy', message, 'leave the path out, and say with `rewrite` what the path becomes');
  } else if (rewrite !== undefined)
    tell(
      'proxy',
      'the path of the URL and `rewrite` both say what the path becomes',
      'leave one of them out',
    );
}

/** Null: the location passes nothing on. */
export function locationProxy(said: LocationValues, upstreams: readonly string[]): LocationProxy | null {
  if (said.proxy === undefined) return null;
  const { name, url, prefix } = readProxyTarget(said.proxy);
  const upstream = name !== null && upstreams.includes(name) ? name : url;
  if (upstream === null) return null;
  const of = <K extends keyof LocationValues>(key: K): NonNullable<LocationValues[K]> =>
    (said[key] ?? LOCATION_KEYS[key].default) as NonNullable<LocationValues[K]>;
  return {
    upstream,
    prefix,
    host: of('proxy_host'),
    headers: of('proxy_headers'),
    forwarded: of('proxy_forwarded'),
    hideHeaders: of('proxy_hide_headers'),
    connectTimeout: of('proxy_connect_timeout'),
    readTimeout: of('proxy_read_timeout'),
    sendTimeout: of('proxy_send_timeout'),
    tunnelTimeout: of('proxy_tunnel_timeout'),
    requestBuffering: of('proxy_request_buffering'),
    buffering: of('proxy_buffering'),
    bufferBytes: of('proxy_buffer_bytes'),
    spoolBytes: of('proxy_spool_bytes'),
  };
}
