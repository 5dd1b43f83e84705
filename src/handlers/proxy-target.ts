import type { Target } from '../http/request.ts';
import { encodePath, writtenPath, writtenQuery, writtenTarget } from '../http/written-target.ts';

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
