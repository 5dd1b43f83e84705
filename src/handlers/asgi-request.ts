import type { Exchange } from '../http/exchange.ts';
import type { RequestHead } from '../http/request.ts';
import type { WorkerRequest } from '../upstream/worker-stream.ts';
import { marshalAscii } from '../wire/marshal.ts';
import { asgiRequestLine } from '../wire/request.ts';
import { asgiHeaderBlock, type ScopeContext } from '../wire/scope.ts';
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

/** As ASGI names them. */
const HTTP_VERSIONS = { 'HTTP/1.0': '1.0', 'HTTP/1.1': '1.1', 'HTTP/2.0': '2' } as const;

const NOT_ASCII = /[^\x00-\x7f]/;

/** Translates requests into what an ASGI worker reads (docs/internals/wire.md, "REQUEST"). One per mounted app. */
export class AsgiEncoder implements AppEncoder, BlockOwner {
  readonly #root: string;
  readonly #rootSlash: string;

  /** @param rootPath root_path: empty, or a path without a slash at its end. */
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
      extra: null,
      inlineBody: inline,
      body: inline === null ? body : null,
      expectContinue: body !== null && head.block.expectContinue,
    };
  }

  marshalBlock(exchange: Exchange): string {
    const { head, client, local, websocket } = exchange;
    const { block } = head;
    const sameHost = client.host === block.host || client.host === '';
    const { lower, fields } = sameHost ? block : withField(block, 'Host', client.host);
    const secure = client.scheme === 'https';
    const context: ScopeContext = {
      type: websocket === null ? 'http' : 'websocket',
      httpVersion: HTTP_VERSIONS[exchange.protocol],
      scheme: websocket === null ? client.scheme : secure ? 'wss' : 'ws',
      client: client.address === '' ? null : { address: client.address, port: client.port },
      server: { address: local.address, port: local.unix ? null : local.port },
      rootPath: this.#root,
      tls: local.tls,
      subprotocols: websocket === null ? null : websocket.protocols,
    };
    return asgiHeaderBlock(lower, fields, context);
  }

  #write(head: RequestHead): string {
    const { target } = head;
    const path = this.#mounted(unicode(target.path));
    const raw = this.#mounted(rawPath(target.raw, target.form));
    return keepWritten(head, this, asgiRequestLine(head.method, path, target.query, raw));
  }

  /** The path of the scope includes root_path; a proxy may have removed it. */
  #mounted(path: string): string {
    if (this.#root === '' || path === this.#root || path.startsWith(this.#rootSlash)) return path;
    return this.#root + path;
  }
}

/** Percent-decoded bytes as text: UTF-8, with U+FFFD for what is none. */
function unicode(path: string): string {
  return NOT_ASCII.test(path) ? Buffer.from(path, 'latin1').toString('utf8') : path;
}

/** The target as received, without query and fragment, and without the authority of an absolute form. */
function rawPath(raw: string, form: string): string {
  const end = raw.search(/[?#]/);
  const path = end === -1 ? raw : raw.slice(0, end);
  if (form !== 'absolute') return path;
  const slash = path.indexOf('/', path.indexOf('//') + 2);
  return slash === -1 ? '/' : path.slice(slash);
}
