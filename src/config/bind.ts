import { isIP } from 'node:net';
import { ConfigError } from './diagnostic.ts';

/** A place to listen; `source` is the text it was read from. */
export type BindAddress =
  | {
      readonly kind: 'tcp';
      readonly host: string;
      readonly port: number;
      readonly family: 4 | 6;
      /** Whether it speaks TLS; null: nobody said, so it does where there is a certificate. */
      readonly tls: boolean | null;
      readonly source: string;
    }
  | { readonly kind: 'unix'; readonly path: string; readonly source: string }
  | { readonly kind: 'fd'; readonly fd: number; readonly source: string };

const PORT_DEFAULT = 8000;
const UNIX_PATH_BYTES_MAX = 107;
const ALLOWED = 'HOST, HOST:PORT, :PORT, [IPV6]:PORT, https://HOST:PORT, unix:PATH or fd://N';
const HOST_NAME = /^(?!-)[A-Za-z0-9_-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9_-]{1,63}(?<!-))*\.?$/;

/**
 * Reads an address in gunicorn's grammar: `HOST`, `HOST:PORT`, `:PORT`, `[V6]:PORT`, `0:PORT`, `tcp://HOST:PORT`,
 * `unix:PATH`, `unix:///PATH`, `fd://N`; and `http://HOST:PORT`, `https://HOST:PORT`, whose usual ports are 80 and 443. No port means 8000, no host or `0` means 0.0.0.0, port 0 lets the system choose.
 * A host name keeps family 4; whoever binds resolves it. Throws ConfigError with a message for people.
 */
export function parseBind(text: string): BindAddress {
  const source = text.trim();
  if (/^unix:/i.test(source)) return parseUnix(source);
  if (/^fd:/i.test(source)) return parseFd(source);
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):\/\//.exec(source);
  const name = scheme?.[1]?.toLowerCase() ?? 'tcp';
  const defaults = SCHEMES[name];
  if (defaults === undefined) {
    throw new ConfigError(
      `\`${source}\` is not an address to listen on: unknown scheme ${scheme?.[1]}://`,
      ALLOWED,
    );
  }
  const address = scheme === null ? source : source.slice(scheme[0].length);
  // Addresses of this kind are copied from browsers.
  return parseTcp(defaults.tls === null ? address : address.replace(/\/$/, ''), source, defaults);
}

interface SchemeDefaults {
  readonly tls: boolean | null;
  readonly port: number;
}

const SCHEMES: Readonly<Record<string, SchemeDefaults | undefined>> = {
  tcp: { tls: null, port: PORT_DEFAULT },
  http: { tls: false, port: 80 },
  https: { tls: true, port: 443 },
};

/** The address in its shortest full form, whatever is spoken there: `127.0.0.1:8000`, `[::1]:8000`, `unix:/run/a.sock`, `fd://3`. */
export function bindText(bind: BindAddress): string {
  if (bind.kind === 'unix') return `unix:${bind.path}`;
  if (bind.kind === 'fd') return `fd://${bind.fd}`;
  return bind.family === 6 ? `[${bind.host}]:${bind.port}` : `${bind.host}:${bind.port}`;
}

function parseUnix(source: string): BindAddress {
  const path = source.slice('unix:'.length).replace(/^\/\/(?=\/)/, '');
  if (path === '' || path.startsWith('//')) {
    throw new ConfigError(`\`${source}\` names no socket file`, 'unix:PATH or unix:///PATH');
  }
  if (path.includes('\0')) throw new ConfigError('the path of a Unix socket holds a NUL character');
  if (Buffer.byteLength(path) > UNIX_PATH_BYTES_MAX) {
    throw new ConfigError(
      `the path of the Unix socket \`${path}\` is too long`,
      `at most ${UNIX_PATH_BYTES_MAX} bytes`,
      'the system sets this limit; choose a shorter folder, or start in its folder and give a relative path',
    );
  }
  return { kind: 'unix', path, source };
}

function parseFd(source: string): BindAddress {
  const match = /^fd:\/\/([0-9]{1,9})$/i.exec(source);
  if (match === null)
    throw new ConfigError(`\`${source}\` is not a file descriptor`, 'fd://N, N a whole number');
  const fd = Number(match[1]);
  if (fd < 3) {
    throw new ConfigError(`\`${source}\` is a standard stream, not a listening socket`, 'fd://3 or higher');
  }
  return { kind: 'fd', fd, source };
}

function parseTcp(text: string, source: string, { tls, port: usual }: SchemeDefaults): BindAddress {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (bracketed !== null) {
    const host = bracketed[1] ?? '';
    if (isIP(host) !== 6) throw new ConfigError(`\`${source}\`: \`${host}\` is not an IPv6 address`, ALLOWED);
    return { kind: 'tcp', host, port: parsePort(bracketed[2], source, usual), family: 6, tls, source };
  }
  if (text.startsWith('[')) throw new ConfigError(`\`${source}\` is not an address to listen on`, ALLOWED);
  if (isIP(text) === 6) {
    throw new ConfigError(
      `\`${source}\` is an IPv6 address without brackets`,
      ALLOWED,
      `write [${text}]:${usual}`,
    );
  }
  const colon = text.lastIndexOf(':');
  const host = colon < 0 ? text : text.slice(0, colon);
  const port = parsePort(colon < 0 ? undefined : text.slice(colon + 1), source, usual);
  if (host === '' || host === '0') return { kind: 'tcp', host: '0.0.0.0', port, family: 4, tls, source };
  if (/[/\\]/.test(host)) {
    throw new ConfigError(
      `\`${source}\` is not an address to listen on`,
      ALLOWED,
      `for a Unix socket write unix:${source}`,
    );
  }
  if (/^[0-9.]+$/.test(host) && isIP(host) !== 4) {
    const hint = colon < 0 && /^[0-9]+$/.test(host) ? `for a port write :${host}` : null;
    throw new ConfigError(`\`${source}\`: \`${host}\` is not an IPv4 address`, ALLOWED, hint);
  }
  if (isIP(host) === 0 && !HOST_NAME.test(host)) {
    throw new ConfigError(`\`${source}\`: \`${host}\` is not a host`, ALLOWED);
  }
  return { kind: 'tcp', host, port, family: 4, tls, source };
}

function parsePort(text: string | undefined, source: string, usual: number): number {
  if (text === undefined) return usual;
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : -1;
  if (port < 0 || port > 65_535) {
    throw new ConfigError(`\`${source}\`: \`${text}\` is not a port`, 'a whole number from 0 to 65535');
  }
  return port;
}
