import { ConfigError } from './diagnostic.ts';
import { didYouMean } from './nearest.ts';
import { type PeerUrl, readPeerUrl } from './peer-url.ts';

/** A server of an upstream, as somebody wrote it. */
export interface UpstreamPeer extends PeerUrl {
  readonly weight: number;
  readonly backup: boolean;
  /** Null: as the upstream says. */
  readonly maxConnections: number | null;
}

const WEIGHT_MAX = 1000;
const CONNECTIONS_MAX = 65_535;
const ATTRIBUTES = ['weight', 'backup', 'max_connections'];
const ALLOWED = 'a URL, then perhaps weight=N, backup, max_connections=N';

/** What other servers write there. */
const INSTEAD: Readonly<Record<string, string>> = {
  max_conns: 'did you mean `max_connections`?',
  maxconn: 'did you mean `max_connections`?',
  max_fails: 'it is `fail_max` of the upstream',
  fail_timeout: 'these are `fail_window` and `fail_time` of the upstream',
  slow_start: 'it is `slow_start` of the upstream',
  down: 'leave the server out, or tell the running server: licorne upstream drain NAME PEER',
  check: 'it is `health` of the upstream',
};

/** Reads `http://10.0.0.1:8000 weight=3 backup max_connections=100`. Throws ConfigError. */
export function readUpstreamPeer(text: string): UpstreamPeer {
  const [address = '', ...attributes] = text.trim().split(/\s+/);
  const url = readPeerUrl(address);
  if (url.path !== null && url.path !== '/')
    throw new ConfigError(
      `\`${address}\` has a path`,
      'servers without a path',
      'write the path in the location: proxy = "http://NAME/PATH"',
    );
  const seen = new Map<string, string>();
  for (const attribute of attributes) {
    const [name = '', value = ''] = attribute.split('=', 2);
    const isFlag = name === 'backup';
    if (!ATTRIBUTES.includes(name))
      throw new ConfigError(
        `\`${attribute}\` of \`${address}\` is unknown`,
        ALLOWED,
        INSTEAD[name] ?? didYouMean(name, ATTRIBUTES),
      );
    if (seen.has(name)) throw new ConfigError(`\`${name}\` of \`${address}\` is said twice`, ALLOWED);
    if (isFlag !== !attribute.includes('='))
      throw new ConfigError(`\`${attribute}\` of \`${address}\` is not right`, ALLOWED);
    seen.set(name, value);
  }
  const connections = seen.get('max_connections');
  return {
    ...url,
    weight: numberOf(seen.get('weight') ?? '1', 'weight', 1, WEIGHT_MAX),
    backup: seen.has('backup'),
    maxConnections:
      connections === undefined ? null : numberOf(connections, 'max_connections', 0, CONNECTIONS_MAX),
  };
}

function numberOf(text: string, name: string, min: number, max: number): number {
  const number = /^[0-9]{1,6}$/.test(text) ? Number(text) : -1;
  if (number < min || number > max)
    throw new ConfigError(`\`${name}=${text}\` is not right`, `a whole number from ${min} to ${max}`);
  return number;
}
