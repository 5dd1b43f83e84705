import type { Exchange } from '../http/exchange.ts';
import type { HeaderBlock, RequestHead } from '../http/request.ts';
import { wsgiHeaderBlock } from '../wire/environ.ts';
import { marshalAscii, marshalDict, marshalText } from '../wire/marshal.ts';
import { wsgiRequestLine } from '../wire/request.ts';
import type { WorkerRequest } from '../upstream/worker-stream.ts';
import {
  type AppEncoder,
  type BlockOwner,
  type EncodableBody,
  encodedBlock,
  inlineBody,
  keepWritten,
  withField,
  writtenHead,
} from './app-encoder.ts';

const CONTENT_LENGTH = marshalText('CONTENT_LENGTH');

/** Translates requests into what a WSGI worker reads (docs/internals/wire.md, "REQUEST"). One per mounted app. */
export class WsgiEncoder implements AppEncoder, BlockOwner {
  readonly #root: string;
  readonly #rootSlash: string;

  /** @param rootPath SCRIPT_NAME: empty, or a path without a slash at its end. */
  constructor(rootPath: string) {
    this.#root = rootPath;
    this.#rootSlash = `${rootPath}/`;
  }

  encode(exchange: Exchange, body: EncodableBody | null): WorkerRequest {
    const { head, id } = exchange;
    const inline = inlineBody(body);
    return {
      id,
      line: head,
      head: (writtenHead(head, this) ?? this.#write(head)) + marshalAscii(id),
      block: encodedBlock(exchange, this),
      extra: body === null ? null : contentLength(exchange, body),
      inlineBody: inline,
      body: inline === null ? body : null,
      expectContinue: false,
    };
  }

  marshalBlock(exchange: Exchange): string {
    const { head, client, local } = exchange;
    const server = local.unix
      ? hostParts(client.host, client.scheme)
      : { name: local.address, port: String(local.port) };
    return wsgiHeaderBlock(fieldsFor(head.block, client.host), {
      protocol: exchange.protocol,
      serverName: server.name,
      serverPort: server.port,
      remoteAddr: client.address,
      remotePort: client.port === 0 ? '' : String(client.port),
      scheme: client.scheme,
      scriptName: this.#root,
      tls: local.tls,
    });
  }

  #write(head: RequestHead): string {
    const { target } = head;
    const path = this.#pathInfo(target.path);
    return keepWritten(head, this, wsgiRequestLine(head.method, path, target.query, target.raw));
  }

  /** Below the mount point its prefix moves to SCRIPT_NAME; a proxy that has removed it already is fine, too. */
  #pathInfo(path: string): string {
    if (this.#root === '') return path;
    if (path.startsWith(this.#rootSlash)) return path.slice(this.#root.length);
    return path === this.#root ? '' : path;
  }
}

/**
 * The app sees the host that the client asked for, when a trusted proxy or an absolute target says another than Host, and no
 * Transfer-Encoding: the coding is off when it reads the body (PEP 3333 leaves it to the server), and some frameworks would take it off again.
 */
function fieldsFor(block: HeaderBlock, host: string): readonly string[] {
  const fields = host === block.host || host === '' ? block.fields : withField(block, 'Host', host).fields;
  if (!block.chunked) return fields;
  return fields.filter((_, index) => fields[index & ~1]?.toLowerCase() !== 'transfer-encoding');
}

/** A chunked body that was collected has a length now; CGI programs know no other way to learn it. */
function contentLength(exchange: Exchange, body: EncodableBody): string | null {
  if (!exchange.head.block.chunked || body.length === -1) return null;
  return marshalDict([[CONTENT_LENGTH, marshalText(String(body.length))]]);
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
