import { percentDecode } from '../http/percent.ts';
import type { Target } from '../http/request.ts';

const END_OF_PATH = /[?#]/;
// What may stand in a path as it is (RFC 3986 3.3), `%` left out: a decoded one has to be written as %25.
const UNSAFE_ALL = /[^A-Za-z0-9\-._~!$&'()*+,;=:@/]/g;

/**
 * The target that a peer is sent: the client's own, byte for byte, as long as both read it alike. When dots led elsewhere, it is where
 * they led: locations were chosen by that, and a server that resolves them differently would be asked for something else.
 * @param location the beginning of the path that `prefix` replaces; null: the path stays
 */
export function proxyTarget(target: Target, location: string, prefix: string | null): string {
  if (target.form === 'asterisk') return '*';
  const { path } = target;
  const query = target.query === '' ? (hasEmptyQuery(target.raw) ? '?' : '') : `?${target.query}`;
  if (prefix === null && target.form === 'origin' && isPlain(target, path)) return path + query;
  const written = writtenPath(target);
  const shown = percentDecode(written) === path ? written : encodePath(path);
  if (prefix === null) return shown + query;
  const rest = shown.startsWith(location)
    ? shown.slice(location.length)
    : encodePath(path.slice(location.length));
  return prefix + rest + query;
}

/** Percent-encodes what may not stand in a path. */
export function encodePath(path: string): string {
  return path.replace(UNSAFE_ALL, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`);
}

/** The path was sent as it is meant: nothing in it was encoded, no dots led anywhere. */
function isPlain({ raw }: Target, path: string): boolean {
  return raw.length === path.length
    ? raw === path
    : raw.startsWith(path) && END_OF_PATH.test(raw[path.length] ?? '');
}

function hasEmptyQuery(raw: string): boolean {
  const mark = raw.indexOf('?');
  return mark !== -1 && (raw.indexOf('#') === -1 || mark < raw.indexOf('#'));
}

function writtenPath({ raw, form }: Target): string {
  const rest = form === 'absolute' ? raw.replace(/^[a-z]+:\/\/[^/?#]*/i, '') : raw;
  const end = rest.search(END_OF_PATH);
  const path = end === -1 ? rest : rest.slice(0, end);
  return path === '' ? '/' : path;
}
