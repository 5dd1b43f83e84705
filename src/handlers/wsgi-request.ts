import type { Exchange } from '../http/exchange.ts';
import { EncodedBlock } from '../upstream/header-slots.ts';
import type { WorkerRequest } from '../upstream/worker-stream.ts';
import { wsgiHeaderBlock } from '../wire/environ.ts';
import { marshalDict, marshalText } from '../wire/marshal.ts';
import type { CollectedBody } from './collected-body.ts';

const CONTENT_LENGTH = marshalText('CONTENT_LENGTH');

/** Translates requests into what a WSGI worker reads (docs/internals/wire.md, "REQUEST"). One per mounted app. */
export class WsgiEncoder {
  readonly #root: string;
  readonly #rootSlash: string;

  /** @param rootPath SCRIPT_NAME: empty, or a path without a slash at its end. */
  constructor(rootPath: string) {
    this.#root = rootPath;
    this.#rootSlash = `${rootPath}/`;
  }

  encode(exchange: Exchange, body: CollectedBody | null): WorkerRequest {
    const { head } = exchange;
    const whole = body?.whole() ?? null;
    return {
      id: exchange.id,
      method: head.method,
      pathInfo: this.#pathInfo(head.target.path),
      query: head.target.query,
      rawUri: head.target.raw,
      block: this.#block(exchange),
      extra: body === null ? null : contentLength(exchange, body),
      inlineBody: whole === null ? null : whole.toString('latin1'),
      body: whole === null ? body : null,
    };
  }

  /** Below the mount point its prefix moves to SCRIPT_NAME; a proxy that has removed it already is fine, too. */
  #pathInfo(path: string): string {
    if (this.#root === '') return path;
    if (path.startsWith(this.#rootSlash)) return path.slice(this.#root.length);
    return path === this.#root ? '' : path;
  }

  /** Encoded once per distinct header block of a connection; the parser hands the same block out while it repeats. */
  #block(exchange: Exchange): EncodedBlock {
    const block = exchange.head.block;
    const { client, local } = exchange;
    const memo = block.memo as { encoder: WsgiEncoder; host: string; encoded: EncodedBlock } | null;
    // An absolute target may say another host than the request before it with the same headers.
    if (memo !== null && memo.encoder === this && memo.host === client.host) return memo.encoded;
    const server = local.unix
      ? hostParts(client.host, client.scheme)
      : { name: local.address, port: String(local.port) };
    const encoded = new EncodedBlock(
      wsgiHeaderBlock(withHost(block.fields, block.lower, block.host, client.host), {
        protocol: block.minor === 1 ? 'HTTP/1.1' : 'HTTP/1.0',
        serverName: server.name,
        serverPort: server.port,
        remoteAddr: client.address,
        remotePort: client.port === 0 ? '' : String(client.port),
        scheme: client.scheme,
        scriptName: this.#root,
      }),
    );
    block.memo = { encoder: this, host: client.host, encoded };
    return encoded;
  }
}

/** A chunked body that was collected has a length now; CGI programs know no other way to learn it. */
function contentLength(exchange: Exchange, body: CollectedBody): string | null {
  if (!exchange.head.block.chunked || body.length === -1) return null;
  return marshalDict([[CONTENT_LENGTH, marshalText(String(body.length))]]);
}

/** The app sees the host that the client asked for, when a trusted proxy or an absolute target says another than Host. */
function withHost(
  fields: readonly string[],
  lower: readonly string[],
  host: string,
  clientHost: string,
): readonly string[] {
  if (clientHost === host || clientHost === '') return fields;
  const copy = [...fields];
  const index = lower.indexOf('host');
  if (index === -1) copy.push('Host', clientHost);
  else copy[2 * index + 1] = clientHost;
  return copy;
}

/** On a Unix socket there is no address: the Host header's, else localhost, as gunicorn does. */
function hostParts(host: string, scheme: string): { name: string; port: string } {
  const colon = host.lastIndexOf(':');
  const hasPort = colon > host.lastIndexOf(']');
  const name = hasPort ? host.slice(0, colon) : host;
  const port = hasPort ? host.slice(colon + 1) : '';
  return {
    name: name === '' ? 'localhost' : name,
    port: port === '' ? (scheme === 'https' ? '443' : '80') : port,
  };
}
