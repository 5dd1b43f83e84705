import type { ClientInfo, Exchange } from '../http/exchange.ts';
import type { HeaderBlock } from '../http/request.ts';
import type { ProxySpec } from '../wire/proxy-spec.ts';

/** The name by which Via knows this server. */
const PSEUDONYM = 'licorne';

// Between two hops only (RFC 9110 7.6.1), or said anew for the next one. `Proxy` would be HTTP_PROXY to a CGI program behind it.
const HOP = new Set([
  ...['connection', 'content-length', 'expect', 'host', 'http2-settings', 'keep-alive', 'proxy'],
  ...[
    'proxy-authenticate',
    'proxy-authorization',
    'proxy-connection',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
  ],
]);
// Said by us; never as the client says it.
const OURS = new Set([
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-port',
  'x-forwarded-proto',
  'x-real-ip',
]);

interface Known {
  readonly block: HeaderBlock;
  readonly localPort: number;
  readonly fields: readonly string[];
  readonly text: string;
  readonly requestId: boolean;
}

/**
 * The header fields of a request as the next server gets them: what the client sent, without what was meant for this hop, and who the
 * client is in the words of this server alone. They are worked out once for each client and header block.
 */
export class ProxyFields {
  readonly #spec: ProxySpec;
  readonly #replaced: ReadonlySet<string>;
  readonly #known = new WeakMap<ClientInfo, Known>();

  constructor(spec: ProxySpec) {
    this.#spec = spec;
    this.#replaced = new Set(
      spec.headers.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase()),
    );
  }

  /** As lines, each with its CRLF; without Host, framing and Connection. */
  text(exchange: Exchange): string {
    const known = this.#of(exchange);
    return known.requestId ? known.text : `${known.text}X-Request-ID: ${exchange.id}\r\n`;
  }

  /** Flat name, value; the same ones. */
  list(exchange: Exchange): readonly string[] {
    const known = this.#of(exchange);
    return known.requestId ? known.fields : [...known.fields, 'X-Request-ID', exchange.id];
  }

  /** What the peer is told to be called. */
  host({ client, head }: Exchange, peerHost: string): string {
    const { host } = this.#spec;
    if (host === '$proxy_host') return peerHost;
    if (host !== '$host') return host;
    const asked = head.target.authority === '' ? head.block.host : head.target.authority;
    return asked !== '' ? asked : client.host !== '' ? client.host : peerHost;
  }

  #of(exchange: Exchange): Known {
    const { client, head, local } = exchange;
    const { block } = head;
    const before = this.#known.get(client);
    if (before !== undefined && before.block === block && before.localPort === local.port) return before;
    const fields = this.#build(exchange);
    const known: Known = {
      block,
      localPort: local.port,
      fields,
      text: fieldLines(fields),
      requestId:
        fields.some((name, index) => index % 2 === 0 && name.toLowerCase() === 'x-request-id') ||
        this.#replaced.has('x-request-id'),
    };
    this.#known.set(client, known);
    return known;
  }

  #build({ client, head, local, protocol }: Exchange): readonly string[] {
    const { block } = head;
    const trusted = client.proxy !== null;
    const named = connectionOptions(block);
    const fields: string[] = [];
    let via = '';
    let chain = '';
    let port = '';
    for (let i = 0; i < block.lower.length; i++) {
      const name = block.lower[i] ?? '';
      const value = block.fields[2 * i + 1] ?? '';
      if (name === 'via') via = joined(via, value);
      else if (name === 'x-forwarded-for') chain = joined(chain, value);
      else if (name === 'x-forwarded-port') port = value;
      if (HOP.has(name) || OURS.has(name) || named.has(name) || this.#replaced.has(name)) continue;
      // An id that a proxy of ours gave is used on; any other could be made to look like somebody else's.
      if (!trusted && (name.startsWith('x-forwarded-') || name === 'x-request-id')) continue;
      fields.push(block.fields[2 * i] ?? '', value);
    }
    const own = [
      ...forwardedFields(
        client,
        local.port,
        trusted ? chain : '',
        trusted && /^[0-9]{1,5}$/.test(port) ? port : '',
      ),
      ...(this.#spec.forwarded ? ['Forwarded', forwardedElement(client)] : []),
      'Via',
      joined(via, `${protocol.slice('HTTP/'.length)} ${PSEUDONYM}`),
    ];
    for (let i = 0; i < own.length; i += 2)
      if (!this.#replaced.has((own[i] ?? '').toLowerCase())) fields.push(own[i] ?? '', own[i + 1] ?? '');
    const { headers } = this.#spec;
    for (let i = 0; i < headers.length; i += 2)
      if (headers[i + 1] !== '') fields.push(headers[i] ?? '', headers[i + 1] ?? '');
    return fields;
  }
}

/** As lines, each with its CRLF. */
export function fieldLines(fields: readonly string[]): string {
  let text = '';
  for (let i = 0; i < fields.length; i += 2) text += `${fields[i]}: ${fields[i + 1]}\r\n`;
  return text;
}

function forwardedFields(
  client: ClientInfo,
  localPort: number,
  chain: string,
  port: string,
): readonly string[] {
  const { address, proxy, scheme, host } = client;
  // Each proxy adds whom it sees; nobody is seen on a Unix socket.
  const seen = chain === '' ? address : joined(chain, proxy ?? '');
  const fields = seen === '' ? [] : ['X-Forwarded-For', seen];
  if (address !== '') fields.push('X-Real-IP', address);
  fields.push('X-Forwarded-Proto', scheme);
  if (host !== '') fields.push('X-Forwarded-Host', host);
  const asked = /:([0-9]{1,5})$/.exec(host)?.[1] ?? '';
  const own = proxy === null && localPort !== 0 ? String(localPort) : scheme === 'https' ? '443' : '80';
  fields.push('X-Forwarded-Port', port !== '' ? port : asked !== '' ? asked : own);
  return fields;
}

/** RFC 7239, section 4. */
function forwardedElement({ address, host, scheme }: ClientInfo): string {
  const node = address === '' ? 'unknown' : address.includes(':') ? `"[${address}]"` : address;
  return `for=${node};proto=${scheme}${host === '' ? '' : `;host="${host.replaceAll(/["\\]/g, '')}"`}`;
}

function joined(before: string, value: string): string {
  return before === '' ? value : value === '' ? before : `${before}, ${value}`;
}

const NONE: ReadonlySet<string> = new Set();

/** What Connection names is meant for this hop, too. */
function connectionOptions({ lower, fields }: HeaderBlock): ReadonlySet<string> {
  let text = '';
  for (let i = 0; i < lower.length; i++)
    if (lower[i] === 'connection') text = joined(text, fields[2 * i + 1] ?? '');
  if (text === '') return NONE;
  return new Set(text.split(',').map((option) => option.trim().toLowerCase()));
}
