import { diagnostic, type Diagnostic } from '../config/diagnostic.ts';
import type { Resolution } from '../config/resolve.ts';

/** Files of authorities that are not there. */
export function missingAuthorities(
  { upstreams }: Pick<Resolution, 'upstreams'>,
  files: { exists: (path: string) => boolean },
): readonly Diagnostic[] {
  return upstreams.flatMap(({ name, said, origins }) => {
    const { tls_ca: path = '' } = said;
    if (path === '' || files.exists(path)) return [];
    const where = origins.get('tls_ca') ?? null;
    return [diagnostic('error', `\`upstreams.${name}.tls_ca\`: the file ${path} does not exist`, { where })];
  });
}
