import { diagnostic, type Diagnostic } from '../config/diagnostic.ts';
import type { Resolution } from '../config/resolve.ts';

/** Folders of services that are not there. */
export function missingServiceFolders(
  { services }: Pick<Resolution, 'services'>,
  files: { exists: (path: string) => boolean },
): readonly Diagnostic[] {
  return services.flatMap(({ name, said, origins }) => {
    const { directory: path = '' } = said;
    if (path === '' || files.exists(path)) return [];
    const where = origins.get('directory') ?? null;
    return [
      diagnostic('error', `\`services.${name}.directory\`: the folder ${path} does not exist`, { where }),
    ];
  });
}
