import { fault, isFault } from './fault.ts';
import type { RequestFault } from './fault.ts';
import { isHost } from './host.ts';
import { percentDecode } from './percent.ts';

/** What a request line asks for (RFC 9112 3.2). All texts are latin-1 code points, one per byte. */
export interface Target {
  readonly form: 'origin' | 'absolute' | 'authority' | 'asterisk';
  /** As received, fragment included. */
  readonly raw: string;
  /**
   * Percent-decoded once, then dot segments resolved; starts with `/`, or is `*` for `OPTIONS *`. Repeated slashes are
   * kept: an application can tell them apart, and its routes decide.
   */
  readonly path: string;
  /** Between `?` and the fragment, as received. */
  readonly query: string;
  /** `host[:port]` of the absolute form, else empty. */
  readonly authority: string;
  /** Of the absolute form, else empty. */
  readonly scheme: '' | 'http' | 'https';
}

const DOT_SEGMENT = /(?:^|\/)\.\.?(?:\/|$)/;

/** Reads a request target. The method decides which forms are allowed; CONNECT never comes here. */
export function parseTarget(raw: string, method: string): Target | RequestFault {
  if (raw.charCodeAt(0) === 0x2f) return parsePath(raw, raw, 'origin', '', '');
  if (raw === '*') {
    if (method !== 'OPTIONS') return fault(400, 'the target * is only for OPTIONS');
    return { form: 'asterisk', raw, path: '*', query: '', authority: '', scheme: '' };
  }
  return parseAbsolute(raw);
}

function parseAbsolute(raw: string): Target | RequestFault {
  const prefix = /^(https?):\/\//i.exec(raw);
  if (prefix === null) return fault(400, 'target is neither a path nor an http URL');
  const scheme = prefix[1]?.length === 5 ? 'https' : 'http';
  const rest = raw.slice(prefix[0].length);
  const end = rest.search(/[/?#]/);
  const authority = end < 0 ? rest : rest.slice(0, end);
  if (!isHost(authority)) return fault(400, 'invalid host in the target');
  let path = end < 0 ? '' : rest.slice(end);
  if (!path.startsWith('/')) path = `/${path}`;
  return parsePath(raw, path, 'absolute', authority, scheme);
}

function parsePath(
  raw: string,
  text: string,
  form: 'origin' | 'absolute',
  authority: string,
  scheme: Target['scheme'],
): Target | RequestFault {
  // One pass: refuse what may not be there, find the ends of path and query, note whether the path needs work.
  let pathEnd = -1;
  let queryEnd = -1;
  let work = false;
  const length = text.length;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x3f && code !== 0x7f) continue;
    if (code <= 0x20 || code === 0x7f) return fault(400, 'space or control byte in the target');
    if (queryEnd >= 0) continue;
    if (code === 0x23) queryEnd = i;
    else if (pathEnd < 0) {
      if (code === 0x3f) pathEnd = i;
      else if (code === 0x25 || code === 0x2e) work = true;
    }
  }
  if (queryEnd < 0) queryEnd = length;
  const query = pathEnd < 0 ? '' : text.slice(pathEnd + 1, queryEnd);
  const encoded = text.slice(0, pathEnd < 0 ? queryEnd : pathEnd);
  if (!work) return { form, raw, path: encoded, query, authority, scheme };
  const path = resolvePath(encoded);
  return isFault(path) ? path : { form, raw, path: path.path, query, authority, scheme };
}

function resolvePath(encoded: string): { path: string } | RequestFault {
  const decoded = percentDecode(encoded);
  if (decoded === null) return fault(400, 'bad percent code in the path');
  if (!DOT_SEGMENT.test(decoded)) return { path: decoded };
  const path = removeDotSegments(decoded);
  return path === null ? fault(400, 'path goes above the root') : { path };
}

/** RFC 3986 5.2.4 on an absolute path, null instead of silently stopping at the root. */
function removeDotSegments(path: string): string | null {
  const kept: string[] = [];
  const segments = path.split('/');
  for (let i = 1; i < segments.length; i++) {
    const segment = segments[i] ?? '';
    const last = i === segments.length - 1;
    if (segment === '..') {
      if (kept.pop() === undefined) return null;
      if (last) kept.push('');
    } else if (segment === '.') {
      if (last) kept.push('');
    } else {
      kept.push(segment);
    }
  }
  return `/${kept.join('/')}`;
}
