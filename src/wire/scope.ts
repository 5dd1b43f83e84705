/** The header block of an ASGI request: the part of the scope that depends only on the header text and the connection. */
import { MARSHAL_NONE, marshalBytes, marshalInt, marshalText } from './marshal.ts';
import { type TlsContext, tlsExtension } from './tls-environ.ts';

export interface ScopeContext {
  readonly type: 'http' | 'websocket';
  /** `1.0`, `1.1` or `2`. */
  readonly httpVersion: string;
  readonly scheme: 'http' | 'https' | 'ws' | 'wss';
  /** Null when the client has no address (Unix socket). */
  readonly client: { readonly address: string; readonly port: number } | null;
  /** `port` is null for a Unix socket, whose path is the address. */
  readonly server: { readonly address: string; readonly port: number | null };
  readonly rootPath: string;
  /** Null: the connection is not encrypted. */
  readonly tls: TlsContext | null;
  /** Only for a WebSocket. */
  readonly subprotocols: readonly string[] | null;
}

/** The block as a marshalled dict. `lower` are the names in lower case, `fields` is flat: name, value, name, value ... */
export function asgiHeaderBlock(
  lower: readonly string[],
  fields: readonly string[],
  context: ScopeContext,
): string {
  let headers = `[${u32Of(lower.length)}`;
  for (let i = 0; i < lower.length; i += 1) {
    headers += headerName(lower[i] as string) + marshalBytes(fields[2 * i + 1] as string);
  }
  return (
    TYPE +
    marshalText(context.type) +
    HTTP_VERSION +
    marshalText(context.httpVersion) +
    SCHEME +
    marshalText(context.scheme) +
    HEADERS +
    headers +
    CLIENT +
    (context.client === null ? MARSHAL_NONE : address(context.client)) +
    SERVER +
    address(context.server) +
    ROOT_PATH +
    marshalText(context.rootPath) +
    subprotocols(context.subprotocols) +
    (context.tls === null ? '' : TLS + tlsExtension(context.tls)) +
    '0'
  );
}

const TYPE = `{${marshalText('type')}`;
const HTTP_VERSION = marshalText('http_version');
const SCHEME = marshalText('scheme');
const HEADERS = marshalText('headers');
const CLIENT = marshalText('client');
const SERVER = marshalText('server');
const ROOT_PATH = marshalText('root_path');
const SUBPROTOCOLS = marshalText('subprotocols');
const TLS = marshalText('tls');
const PAIR = ')\x02';

/** Names come from clients, so there is an end to how many are remembered, and how long they may be. */
const NAMES_MAX = 1024;
const NAME_CHARS_MAX = 64;
const names = new Map<string, string>();

/** The head of a header's tuple: the pair and its first item. */
function headerName(name: string): string {
  const known = names.get(name);
  if (known !== undefined) return known;
  const encoded = PAIR + marshalBytes(name);
  if (name.length <= NAME_CHARS_MAX) {
    if (names.size >= NAMES_MAX) names.clear();
    names.set(name, encoded);
  }
  return encoded;
}

function address(of: { readonly address: string; readonly port: number | null }): string {
  return PAIR + marshalText(of.address) + (of.port === null ? MARSHAL_NONE : marshalInt(of.port));
}

function subprotocols(list: readonly string[] | null): string {
  if (list === null) return '';
  return `${SUBPROTOCOLS}[${u32Of(list.length)}${list.map(marshalText).join('')}`;
}

function u32Of(n: number): string {
  return marshalInt(n).slice(1);
}
