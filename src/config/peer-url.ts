import { ConfigError } from './diagnostic.ts';
import { withoutPasswords } from './secrets.ts';

/** Where a server behind us listens, as somebody wrote it. */
export interface PeerUrl {
  /** In one spelling, without its path; what the peer is known by. */
  readonly url: string;
  readonly protocol: 'http' | 'uwsgi';
  readonly tls: boolean;
  /** Name or address; empty for a Unix socket. */
  readonly host: string;
  /** 0 for a Unix socket. */
  readonly port: number;
  /** Absolute path of the Unix socket, else empty. */
  readonly socket: string;
  /** What stands behind host and port, beginning with a slash; null: nothing. */
  readonly path: string | null;
}

const ALLOWED =
  'http://HOST:PORT, https://HOST:PORT, unix:/PATH, uwsgi://HOST:PORT or uwsgi:///PATH, or the NAME of [upstreams.NAME] or [services.NAME]';
const PORTS = { http: 80, https: 443, uwsgi: 3031 } as const;
const URL_FORM = /^(https?|uwsgi):\/\/([^/?#]*)(.*)$/i;
const NAME = /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?)*\.?$/;
const IPV6 = /^\[([0-9a-f:.]+)\]$/;

/** Reads the URL of a server. Throws ConfigError. */
export function readPeerUrl(text: string): PeerUrl {
  const unix = /^(?:http:\/\/)?unix:(.*)$/.exec(text);
  if (unix !== null) return socketPeer('http', unix[1] ?? '', text);
  const parts = URL_FORM.exec(text);
  if (parts === null) throw new ConfigError(`\`${text}\` is not the URL of a server`, ALLOWED, hintFor(text));
  const scheme = (parts[1] ?? '').toLowerCase() as keyof typeof PORTS;
  const [, , authority = '', rest = ''] = parts;
  if (scheme === 'uwsgi' && authority === '') return socketPeer('uwsgi', rest, text);
  if (authority.includes('@'))
    throw new ConfigError(`\`${withoutPasswords(text)}\` holds a user name or a password`, ALLOWED);
  if (/[?#]/.test(rest))
    throw new ConfigError(`\`${text}\` has a query or a fragment`, 'a URL that ends with its path');
  if (scheme === 'uwsgi' && rest !== '')
    throw new ConfigError(
      `\`${text}\` has a path`,
      'uwsgi://HOST:PORT: the path of the request says where it goes',
    );
  checkPath(rest, text);
  const { host, port } = readAuthority(authority.toLowerCase(), PORTS[scheme], text);
  const shown = host.includes(':') ? `[${host}]` : host;
  return {
    url: `${scheme}://${shown}:${port}`,
    protocol: scheme === 'uwsgi' ? 'uwsgi' : 'http',
    tls: scheme === 'https',
    host,
    port,
    socket: '',
    path: rest === '' ? null : rest,
  };
}

function socketPeer(protocol: PeerUrl['protocol'], path: string, text: string): PeerUrl {
  if (!path.startsWith('/') || path.endsWith('/'))
    throw new ConfigError(
      `\`${text}\` does not name a socket`,
      'unix:/PATH or uwsgi:///PATH, with the whole path',
    );
  if (/[\x00-\x1f\x7f]/.test(path) || Buffer.byteLength(path) > 107)
    throw new ConfigError(
      `\`${text}\`: no socket can have this path`,
      'at most 107 bytes, without control characters',
    );
  const url = protocol === 'http' ? `unix:${path}` : `uwsgi://${path}`;
  return { url, protocol, tls: false, host: '', port: 0, socket: path, path: null };
}

function readAuthority(authority: string, ownPort: number, text: string): { host: string; port: number } {
  const parts = /^(\[[^\]]*\]|[^:]*)(?::([0-9]{1,5}))?$/.exec(authority);
  const name = parts?.[1] ?? '';
  const port = parts?.[2] === undefined ? ownPort : Number(parts[2]);
  const inner = IPV6.exec(name)?.[1];
  if (parts === null || port < 1 || port > 65_535 || (inner === undefined && !NAME.test(name)))
    throw new ConfigError(`\`${text}\` names no host, or no port from 1 to 65535`, ALLOWED);
  return { host: inner ?? name, port };
}

function checkPath(path: string, text: string): void {
  if (!/^[A-Za-z0-9\-._~!$&'()*+,;=:@/%]*$/.test(path) || /%(?![0-9A-Fa-f]{2})/.test(path))
    throw new ConfigError(`\`${text}\` holds a character that a path cannot hold`, null, 'write it as %XX');
  if (/(?:^|\/)\.\.?(?:\/|$)/.test(path)) throw new ConfigError(`\`${text}\` has . or .. in its path`);
}

function hintFor(text: string): string | null {
  if (/^[\w.-]+:[0-9]+(?:\/.*)?$/.test(text)) return `write http://${text}`;
  if (text.startsWith('/')) return `a Unix socket is unix:${text}`;
  if (/^(?:wss?):\/\//.test(text)) return 'WebSockets go over http:// and https://';
  return null;
}
