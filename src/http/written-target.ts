import { percentDecode } from './percent.ts';
import type { Target } from './target.ts';

const DOT_SEGMENT = /(?:^|\/)\.\.?(?:\/|$)/;
const END_OF_PATH = /[?#]/;
// What may stand in a path as it is (RFC 3986 3.3), `%` left out: a decoded one has to be written as %25.
const UNSAFE_ALL = /[^A-Za-z0-9\-._~!$&'()*+,;=:@/]/g;

/**
 * A target as the next one is told it: the client's own, byte for byte, as long as all read it alike. When dots or slashes led elsewhere, it is
 * where they led: locations were chosen by that, and somebody who resolves them differently would be asked for something else.
 */
export function writtenTarget(target: Target): string {
  if (target.form === 'asterisk') return '*';
  const { path } = target;
  if (target.form === 'origin' && isPlain(target, path)) return path + writtenQuery(target);
  return writtenPath(target) + writtenQuery(target);
}

/** Its path. */
export function writtenPath(target: Target): string {
  const { path } = target;
  const sent = sentPath(target);
  // A backslash is no character of a path, and a slash to some (the URL parser of browsers and of Node is one).
  return percentDecode(sent) === path && !sent.includes('\\') ? sent : encodePath(path);
}

/** Its query, with its question mark, if it has one. */
export function writtenQuery({ query, raw }: Target): string {
  return query === '' ? (hasEmptyQuery(raw) ? '?' : '') : `?${query}`;
}

/** Percent-encodes what may not stand in a path. */
export function encodePath(path: string): string {
  return path.replace(UNSAFE_ALL, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

/**
 * Whether the path would have dots that lead elsewhere once `prefix` stands in the place of the location's: `/api../x`, where `/api` becomes
 * `/v1/`, would be `/v1/../x`, which nobody has looked at.
 */
export function leavesPrefix({ path }: Target, location: string, prefix: string): boolean {
  return DOT_SEGMENT.test((percentDecode(prefix) ?? prefix) + path.slice(location.length));
}

/** The path was sent as it is meant: nothing in it was encoded, no dots led anywhere. */
function isPlain({ raw }: Target, path: string): boolean {
  if (path.includes('\\')) return false;
  return raw.length === path.length
    ? raw === path
    : raw.startsWith(path) && END_OF_PATH.test(raw[path.length] ?? '');
}

function hasEmptyQuery(raw: string): boolean {
  const mark = raw.indexOf('?');
  return mark !== -1 && (raw.indexOf('#') === -1 || mark < raw.indexOf('#'));
}

function sentPath({ raw, form }: Target): string {
  const rest = form === 'absolute' ? raw.replace(/^[a-z]+:\/\/[^/?#]*/i, '') : raw;
  const end = rest.search(END_OF_PATH);
  const path = end === -1 ? rest : rest.slice(0, end);
  return path === '' ? '/' : path;
}
