import { percentDecode } from '../http/percent.ts';
import type { Target } from '../http/request.ts';
import { encodePath, writtenPath, writtenQuery, writtenTarget } from '../http/written-target.ts';

const DOT_SEGMENT = /(?:^|\/)\.\.?(?:\/|$)/;

/**
 * The target that a peer is sent.
 * @param location the beginning of the path that `prefix` replaces; null: the path stays
 */
export function proxyTarget(target: Target, location: string, prefix: string | null): string {
  if (prefix === null || target.form === 'asterisk') return writtenTarget(target);
  const shown = writtenPath(target);
  const rest = shown.startsWith(location)
    ? shown.slice(location.length)
    : encodePath(target.path.slice(location.length));
  return prefix + rest + writtenQuery(target);
}

/**
 * Whether the path would have dots that lead elsewhere once `prefix` stands in the place of the location's: `/api../x`, where `/api` becomes
 * `/v1/`, would be `/v1/../x`, which nobody has looked at.
 */
export function leavesPrefix({ path }: Target, location: string, prefix: string): boolean {
  return DOT_SEGMENT.test((percentDecode(prefix) ?? prefix) + path.slice(location.length));
}
