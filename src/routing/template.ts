import type { Captures } from './path-pattern.ts';
import { type Groups, type Part, readTemplate, TemplateError, type Variable } from './template-parts.ts';

/** What a target is made from. Texts of the request are one character for each byte. */
export interface TemplateInput {
  readonly scheme: string;
  /** As the client asked for it, perhaps with a port; never empty. */
  readonly host: string;
  /** Percent-decoded. */
  readonly path: string;
  /** As received, without `?`. */
  readonly query: string;
  /** Path and query as received. */
  readonly requestUri: string;
  readonly captures: Captures | null;
}

/** Where a redirect leads. Whatever the request holds, the host is the one that the operator meant, and it is one line. */
export class RedirectTarget {
  /** Scheme and host; empty: the target is a path of the same site. */
  readonly #authority: readonly Part[];
  readonly #path: readonly Part[];
  readonly #query: readonly Part[] | null;
  /** Path and query may both be in one variable. */
  readonly #keepsQuery: boolean;

  /** Throws TemplateError. */
  constructor(text: string, groups: Groups | null) {
    const parts = readTemplate(text, groups);
    const { before, after } = splitQuery(parts);
    const { authority, path } = splitAuthority(before);
    this.#authority = authority;
    this.#path = path;
    this.#query = after;
    this.#keepsQuery = after === null && !names(path, 'request_uri');
  }

  /** The value of Location (RFC 9110 section 10.2.2). */
  fill(input: TemplateInput): string {
    const authority = this.#authority.map((part) => valueOf(part, input)).join('');
    let path = this.#path.map((part) => encodedPath(part, input)).join('');
    // A path that begins with two slashes begins with a host (RFC 3986 section 4.2), and a request could choose it.
    if (authority === '' || (path !== '' && !path.startsWith('/'))) path = `/${path.replace(/^[/\\]+/, '')}`;
    if (this.#keepsQuery)
      return authority + path + (input.query === '' ? '' : `?${encodeLoose(input.query)}`);
    const query = (this.#query ?? []).map((part) => encodedQuery(part, input)).join('');
    return authority + path + (query === '' ? '' : `?${query}`);
  }
}

/** What a request is changed into before its location answers it. */
export class RewriteTarget {
  readonly #path: readonly Part[];
  readonly #query: readonly Part[] | null;

  /** Throws TemplateError. */
  constructor(text: string, groups: Groups | null) {
    const parts = readTemplate(text, groups);
    const { before, after } = splitQuery(parts);
    if (names(before, 'request_uri')) throw new TemplateError('`$request_uri` holds the query', 'write $uri');
    if (
      names(before, 'host') ||
      names(before, 'http_host') ||
      names(before, 'scheme') ||
      names(before, 'args')
    )
      throw new TemplateError(
        'a rewrite changes the path and the query',
        'to send clients elsewhere use `redirect`',
      );
    if (before.some((part) => part.kind === 'text' && part.text.includes('#')))
      throw new TemplateError('a # in a path', 'write %23');
    const [first] = before;
    if (
      first?.kind !== 'capture' &&
      !(first?.kind === 'text' ? first.text.startsWith('/') : first?.name === 'uri')
    )
      throw new TemplateError(`\`${text}\` does not begin with /`, `write /${text}`);
    this.#path = before;
    this.#query = after;
  }

  /** The new target of the request, as a client would have written it. */
  fill(input: TemplateInput): string {
    const path = this.#path.map((part) => encodedPath(part, input)).join('');
    const query =
      this.#query === null ? input.query : this.#query.map((part) => encodedQuery(part, input)).join('');
    return `${path.startsWith('/') ? '' : '/'}${path}${query === '' ? '' : `?${query}`}`;
  }
}

function splitQuery(parts: readonly Part[]): { before: readonly Part[]; after: readonly Part[] | null } {
  const at = parts.findIndex((part) => part.kind === 'text' && part.text.includes('?'));
  const found = parts[at];
  if (found?.kind !== 'text') return { before: parts, after: null };
  const [left = '', ...right] = found.text.split('?');
  const text = (piece: string): readonly Part[] => (piece === '' ? [] : [{ kind: 'text', text: piece }]);
  return {
    before: [...parts.slice(0, at), ...text(left)],
    after: [...text(right.join('?')), ...parts.slice(at + 1)],
  };
}

const TARGETS = 'a redirect goes to https://HOST/..., to https://$host$uri, or to a path such as /new/';

/** Scheme and host have to be the operator's own: what a client chooses may stand in path and query only. */
function splitAuthority(parts: readonly Part[]): { authority: readonly Part[]; path: readonly Part[] } {
  const [first, ...rest] = parts;
  if (first === undefined) throw new TemplateError('the target is empty', TARGETS);
  if (first.kind === 'text' && first.text.startsWith('//'))
    throw new TemplateError('the target begins with a host and no scheme', `write https:${first.text}`);
  if (first.kind === 'text' && first.text.startsWith('/')) return { authority: [], path: parts };
  if (first.kind === 'variable' && (first.name === 'uri' || first.name === 'request_uri'))
    return { authority: [], path: parts };
  const scheme: readonly Part[] = first.kind === 'variable' && first.name === 'scheme' ? [first] : [];
  const [next] = scheme.length === 0 ? parts : rest;
  const prefix = /^(?:https?)?:\/\//i.exec(next?.kind === 'text' ? next.text : '');
  if (next?.kind !== 'text' || prefix === null || (prefix[0] === '://') !== (scheme.length === 1))
    throw new TemplateError('the target names neither a scheme nor a path', TARGETS);
  const begin: Part = { kind: 'text', text: prefix[0].toLowerCase() };
  const tail: readonly Part[] = [
    { kind: 'text', text: next.text.slice(prefix[0].length) },
    ...(scheme.length === 0 ? rest : rest.slice(1)),
  ];
  const { host, path } = splitHost(tail);
  return { authority: [...scheme, begin, ...host], path };
}

function splitHost(parts: readonly Part[]): { host: readonly Part[]; path: readonly Part[] } {
  const host: Part[] = [];
  for (const [index, part] of parts.entries()) {
    if (part.kind === 'text') {
      const slash = part.text.search(/[/#]/);
      const name = slash < 0 ? part.text : part.text.slice(0, slash);
      if (!/^[A-Za-z0-9.:[\]_-]*$/.test(name)) throw new TemplateError(`\`${name}\` is not a host`, TARGETS);
      if (name !== '') host.push({ kind: 'text', text: name });
      if (slash >= 0)
        return { host, path: [{ kind: 'text', text: part.text.slice(slash) }, ...parts.slice(index + 1)] };
    } else if (part.kind === 'variable' && (part.name === 'host' || part.name === 'http_host'))
      host.push(part);
    else if (
      host.length === 0 ||
      (part.kind === 'variable' && part.name !== 'uri' && part.name !== 'request_uri')
    )
      throw new TemplateError('the host of a redirect may not come from the request but as $host', TARGETS);
    else return { host, path: parts.slice(index) };
  }
  if (host.length === 0) throw new TemplateError('the target names no host', TARGETS);
  return { host, path: [] };
}

function names(parts: readonly Part[], variable: Variable): boolean {
  return parts.some((part) => part.kind === 'variable' && part.name === variable);
}

/** As one character for each byte. */
function valueOf(part: Part, input: TemplateInput): string {
  if (part.kind === 'text') return bytesOf(part.text);
  if (part.kind === 'capture') {
    const { captures } = input;
    const value = typeof part.of === 'number' ? captures?.numbered[part.of] : captures?.named[part.of];
    return bytesOf(value ?? '');
  }
  switch (part.name) {
    case 'scheme':
      return input.scheme;
    case 'host':
      return withoutPort(input.host).toLowerCase();
    case 'http_host':
      return input.host;
    case 'uri':
      return input.path;
    case 'request_uri':
      return input.requestUri;
    case 'args':
      return input.query;
  }
}

function encodedPath(part: Part, input: TemplateInput): string {
  const value = valueOf(part, input);
  // What was written as a target is one already: encoding it again would change it.
  if (part.kind === 'text' || (part.kind === 'variable' && part.name === 'request_uri'))
    return encodeLoose(value);
  return encode(value, /[A-Za-z0-9\-._~!$&'()*+,;=:@/]/);
}

function encodedQuery(part: Part, input: TemplateInput): string {
  const value = valueOf(part, input);
  const isTarget = part.kind === 'variable' && (part.name === 'args' || part.name === 'request_uri');
  if (part.kind === 'text' || isTarget) return encodeLoose(value);
  return encode(value, /[A-Za-z0-9\-._~!$'()*,:@/]/);
}

/** Only what cannot stand in a target or a header at all (RFC 3986 section 2). */
function encodeLoose(text: string): string {
  return encode(text, /[\x21\x23-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]/);
}

function encode(text: string, kept: RegExp): string {
  let encoded = '';
  for (const character of text)
    encoded += kept.test(character)
      ? character
      : `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  return encoded;
}

function bytesOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function withoutPort(host: string): string {
  const colon = host.lastIndexOf(':');
  return colon > host.lastIndexOf(']') ? host.slice(0, colon) : host;
}
