import type { Exchange, Middleware, ResponseHead, ResponseSink } from '../../http/exchange.ts';
import type { CorsSpec } from '../../wire/access-spec.ts';
import { FieldsSink } from './fields-sink.ts';

/** A list of header names that a client sends is repeated up to this. */
const ASKED_CHARS_MAX = 1024;
const NAMES = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+(?:[ \t]*,[ \t]*[!#$%&'*+.^_`|~0-9A-Za-z-]+)*$/;

/**
 * Tells browsers which pages of other sites may use this one (https://fetch.spec.whatwg.org/#http-cors-protocol). Preflight
 * requests are answered here. A response that speaks of it itself is left as it is.
 */
export function cors(spec: CorsSpec): Middleware {
  const allows = compileOrigins(spec.origins);
  // The same for everybody, so that caches may keep one for all.
  const open = spec.origins.includes('*') && !spec.credentials;
  const actual = actualHeaders(spec, open);
  return (next) => (exchange, sink) => {
    const origin = fieldOf(exchange, 'origin');
    const allowed = origin !== '' && allows(origin);
    if (isPreflight(exchange, origin)) preflight(spec, exchange, sink, allowed ? (open ? '*' : origin) : '');
    else if (exchange.websocket !== null) next(exchange, sink);
    else if (open && origin === '') next(exchange, sink);
    else next(exchange, new FieldsSink(sink, (head) => actual(head, allowed ? origin : '')));
  };
}

function isPreflight({ head }: Exchange, origin: string): boolean {
  return (
    head.method === 'OPTIONS' && origin !== '' && head.block.lower.includes('access-control-request-method')
  );
}

/** `origin`: empty when it is refused. The status says nothing about it: browsers look at the headers. */
function preflight(spec: CorsSpec, exchange: Exchange, sink: ResponseSink, origin: string): void {
  const fields = ['Vary', 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers'];
  if (origin !== '') {
    fields.push('Access-Control-Allow-Origin', origin);
    if (spec.credentials) fields.push('Access-Control-Allow-Credentials', 'true');
    const method = fieldOf(exchange, 'access-control-request-method');
    const methods = spec.methods === '*' ? plainNames(method) : spec.methods;
    if (methods !== '') fields.push('Access-Control-Allow-Methods', methods);
    const headers =
      spec.headers === '*' ? plainNames(fieldOf(exchange, 'access-control-request-headers')) : spec.headers;
    if (headers !== '') fields.push('Access-Control-Allow-Headers', headers);
    fields.push('Access-Control-Max-Age', String(spec.maxAge));
  }
  sink.start({ status: 204, reason: 'No Content', fields, memo: null }, 0);
  sink.end(null);
}

function actualHeaders(spec: CorsSpec, open: boolean): (head: ResponseHead, origin: string) => ResponseHead {
  return (head, origin) => {
    const names = head.fields.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
    if (names.includes('access-control-allow-origin')) return head;
    const fields = [...head.fields];
    if (!open) vary(fields, names);
    if (origin !== '') {
      fields.push('Access-Control-Allow-Origin', open ? '*' : origin);
      if (spec.credentials) fields.push('Access-Control-Allow-Credentials', 'true');
      if (spec.exposed !== '') fields.push('Access-Control-Expose-Headers', spec.exposed);
    }
    return { ...head, fields, memo: null };
  };
}

/** Says that the response depends on Origin (RFC 9110 12.5.5), unless it says so already. */
function vary(fields: string[], names: readonly string[]): void {
  const index = names.indexOf('vary');
  const said = index === -1 ? '' : (fields[2 * index + 1] ?? '');
  if (/(?:^|,)\s*(?:\*|origin)\s*(?:,|$)/i.test(said)) return;
  if (index === -1) fields.push('Vary', 'Origin');
  else fields[2 * index + 1] = said.trim() === '' ? 'Origin' : `${said}, Origin`;
}

function compileOrigins(origins: readonly string[]): (origin: string) => boolean {
  if (origins.includes('*')) return () => true;
  const exact = new Set(origins.filter((one) => !one.includes('://*.')).map(canonical));
  const below = origins
    .filter((one) => one.includes('://*.'))
    .map((one) => {
      const [scheme = '', rest = ''] = canonical(one).split('://*', 2);
      return { scheme: `${scheme}://`, rest };
    });
  return (origin) => {
    const lower = canonical(origin);
    if (exact.has(lower)) return true;
    return below.some(
      ({ scheme, rest }) =>
        lower.startsWith(scheme) &&
        lower.endsWith(rest) &&
        // A host stands before it, and nothing but a host.
        /^[a-z0-9._-]+$/.test(lower.slice(scheme.length, lower.length - rest.length)),
    );
  };
}

/** Browsers leave the port out that is usual for the scheme. */
function canonical(origin: string): string {
  const lower = origin.toLowerCase();
  if (lower.startsWith('https://')) return lower.replace(/:443$/, '');
  return lower.startsWith('http://') ? lower.replace(/:80$/, '') : lower;
}

function plainNames(asked: string): string {
  return asked.length <= ASKED_CHARS_MAX && NAMES.test(asked) ? asked : '';
}

function fieldOf({ head }: Exchange, lower: string): string {
  const index = head.block.lower.indexOf(lower);
  return index === -1 ? '' : (head.block.fields[2 * index + 1] ?? '');
}
