import { fault, isFault } from './fault.ts';
import type { RequestFault } from './fault.ts';
import { type HeaderBlock, parseHeaderBlock } from './header-block.ts';
import { sameHost } from './host.ts';
import type { HeadLimits } from './limits.ts';
import { checkMethod, type RequestHead } from './request.ts';
import { parseTarget } from './target.ts';
import { hasForbiddenByte, isToken, trimOws } from './token.ts';

/** A request of HTTP/2 as HTTP/1.1 would have it. */
export interface Http2Head {
  readonly head: RequestHead;
  /** Of an extended CONNECT (RFC 8441), else empty. */
  readonly protocol: string;
}

/** Pseudo-headers of a request (RFC 9113 8.3.1). */
interface Pseudo {
  method: string;
  scheme: string;
  path: string;
  authority: string;
  protocol: string;
}

/** Only between two hops; a request of HTTP/2 that has one is malformed (RFC 9113 8.2.2). */
const HOP_BY_HOP = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade']);

/**
 * Reads the header list of an HTTP/2 request: flat name, value, as it was decoded. It is written down as HTTP/1.1 would have it and goes
 * through the very same reader, so that a request cannot mean one thing here and another to whoever it is passed on to. A body without
 * Content-Length counts as chunked. When the headers equal those of `previous`, the result's block is that very object.
 */
export function readHttp2Head(
  list: readonly string[],
  hasBody: boolean,
  previous: HeaderBlock | null,
  limits: HeadLimits,
): Http2Head | RequestFault {
  const pseudo: Pseudo = { method: '', scheme: '', path: '', authority: '', protocol: '' };
  const lines = fieldText(list, pseudo, hasBody);
  if (isFault(lines)) return lines;
  const refusal = checkPseudo(pseudo, limits);
  if (refusal !== null) return refusal;
  const { authority, protocol } = pseudo;
  const host = authority === '' ? lines.host : authority;
  if (authority !== '' && lines.host !== '' && !sameHost(authority, lines.host, asScheme(pseudo.scheme)))
    return fault(400, ':authority names another host than the Host header');
  // An extended CONNECT opens what GET opens in HTTP/1.1.
  const method = protocol === '' ? pseudo.method : 'GET';
  const target = parseTarget(pseudo.path, method);
  if (isFault(target)) return target;
  const text = host === '' ? lines.text : `Host: ${host}${lines.text === '' ? '' : '\r\n'}${lines.text}`;
  const block =
    previous !== null && previous.text === text ? previous : parseBlock(text, lines.marked, limits);
  return isFault(block) ? block : { head: { method, target, block, memo: null }, protocol };
}

/**
 * Reads the header lists of one connection. Most of them differ from the one before in their path only, and all else of it is used again then:
 * comparing costs a fraction of reading.
 */
export class Http2HeadReader {
  readonly #limits: HeadLimits;
  #list: readonly string[] = [];
  #hadBody = false;
  #read: Http2Head | null = null;

  constructor(limits: HeadLimits) {
    this.#limits = limits;
  }

  read(list: readonly string[], hasBody: boolean): Http2Head | RequestFault {
    const before = this.#read;
    const path = before === null || hasBody !== this.#hadBody ? '' : this.#changedPath(list);
    if (before !== null && path !== '') return this.#again(before, path);
    const read = readHttp2Head(list, hasBody, before?.head.block ?? null, this.#limits);
    if (isFault(read)) return read;
    this.#list = list;
    this.#hadBody = hasBody;
    this.#read = read;
    return read;
  }

  #again({ head, protocol }: Http2Head, path: string): Http2Head | RequestFault {
    const { method, block } = head;
    const refusal = hasForbiddenByte(path)
      ? fault(400, 'control byte in a header value')
      : checkPath(path, method, this.#limits);
    const target = refusal ?? parseTarget(path, method);
    return isFault(target) ? target : { head: { method, target, block, memo: null }, protocol };
  }

  /** The path, where nothing but that differs from the list before; else empty. */
  #changedPath(list: readonly string[]): string {
    const before = this.#list;
    let path = '';
    if (list.length !== before.length) return '';
    for (let i = 0; i < list.length; i += 2) {
      if (list[i] !== before[i]) return '';
      if (list[i] === ':path') path = list[i + 1] ?? '';
      else if (list[i + 1] !== before[i + 1]) return '';
    }
    return path;
  }
}

/** The ordinary fields as lines, without Host; fills in the pseudo-headers. */
function fieldText(
  list: readonly string[],
  pseudo: Pseudo,
  hasBody: boolean,
): { readonly text: string; readonly host: string; readonly marked: boolean } | RequestFault {
  let text = '';
  let cookie = '';
  let host = '';
  let length = false;
  for (let i = 0; i + 1 < list.length; i += 2) {
    const name = list[i] ?? '';
    const value = list[i + 1] ?? '';
    // It would become a line of its own below.
    if (hasForbiddenByte(value)) return fault(400, 'control byte in a header value');
    if (name.startsWith(':')) {
      const key = name.slice(1) as keyof Pseudo;
      if (!Object.hasOwn(pseudo, key)) return fault(400, 'unknown pseudo-header');
      if (pseudo[key] !== '') return fault(400, 'repeated pseudo-header');
      pseudo[key] = value;
      continue;
    }
    if (!isToken(name)) return fault(400, 'invalid character in a header name');
    if (/[A-Z]/.test(name)) return fault(400, 'upper-case letter in a header name');
    if (HOP_BY_HOP.has(name)) return fault(400, `${name} is no header of HTTP/2`);
    if (name === 'te' && trimOws(value).toLowerCase() !== 'trailers')
      return fault(400, 'TE other than trailers');
    if (name === 'host') {
      if (host !== '') return fault(400, `repeated ${name} header`);
      host = value;
    } else if (name === 'cookie') cookie = cookie === '' ? value : `${cookie}; ${value}`;
    else {
      length ||= name === 'content-length';
      text += text === '' ? `${name}: ${value}` : `\r\n${name}: ${value}`;
    }
  }
  // RFC 9113 8.2.3: crumbs of a cookie are one header again for whoever does not speak HTTP/2.
  if (cookie !== '') text += text === '' ? `cookie: ${cookie}` : `\r\ncookie: ${cookie}`;
  // After an extended CONNECT come the bytes of what was asked for, not a body.
  const marked = hasBody && !length && pseudo.protocol === '';
  if (marked) text += text === '' ? CHUNKED : `\r\n${CHUNKED}`;
  return { text, host, marked };
}

const CHUNKED = 'transfer-encoding: chunked';

/** The marker of a body without a length has done its work once the block is read: it is no header of the request. */
function parseBlock(text: string, marked: boolean, limits: HeadLimits): HeaderBlock | RequestFault {
  if (!marked) return parseHeaderBlock(text, 1, limits);
  const block = parseHeaderBlock(text, 1, {
    ...limits,
    headerBytesMax: limits.headerBytesMax + CHUNKED.length + 2,
    headerCountMax: limits.headerCountMax + 1,
  });
  if (isFault(block)) return block;
  return {
    ...block,
    fields: block.fields.slice(0, -2),
    lower: block.lower.slice(0, -1),
  };
}

function checkPseudo(pseudo: Pseudo, limits: HeadLimits): RequestFault | null {
  const { method, scheme, path, protocol } = pseudo;
  if (protocol !== '') {
    if (method !== 'CONNECT') return fault(400, ':protocol is only for CONNECT');
  } else {
    const refusal = checkMethod(method);
    if (refusal !== null) return refusal;
  }
  if (asScheme(scheme) !== scheme) return fault(400, ':scheme is neither http nor https');
  return checkPath(path, method, limits);
}

function checkPath(path: string, method: string, limits: HeadLimits): RequestFault | null {
  if (!path.startsWith('/') && path !== '*') return fault(400, ':path is no path');
  if (method.length + path.length + ' HTTP/1.1'.length + 1 > limits.requestLineBytesMax)
    return fault(414, 'request line too long');
  return null;
}

function asScheme(text: string): 'http' | 'https' {
  return text === 'http' ? 'http' : 'https';
}
