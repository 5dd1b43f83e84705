import { resolve } from 'node:path';
import { diagnostic, type Diagnostic } from '../config/diagnostic.ts';
import type { Origin } from '../config/origin.ts';
import type { Resolution } from '../config/resolve.ts';
import type { FileReader } from './terminal.ts';

/** A folder of files to be sent, and who named it. */
interface NamedFolder {
  readonly dir: string;
  readonly label: string;
  readonly where: Origin | null;
}

/**
 * Folders and pages that are not there, or are not what they should be. One that is missing may be made later (by
 * collectstatic, say), so that is a warning only.
 */
export function missingFiles(resolution: Resolution, files: FileReader): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  for (const { dir, label, where } of namedFolders(resolution)) {
    const kind = files.kind(dir);
    if (kind === 'missing') {
      const hint = 'it may be made later, and is looked for at every request';
      diagnostics.push(
        diagnostic('warning', `\`${label}\`: the folder ${dir} does not exist`, { where, hint }),
      );
    } else if (kind === 'file') {
      const hint = 'name the folder that holds it';
      diagnostics.push(diagnostic('error', `\`${label}\`: ${dir} is a file, not a folder`, { where, hint }));
    }
  }
  diagnostics.push(...missingPages(resolution, files));
  return diagnostics;
}

/** Pages for errors, of the settings, of sites and of locations. */
function missingPages(resolution: Resolution, files: FileReader): readonly Diagnostic[] {
  const named = [
    ['error_pages', resolution.settings.error_pages, resolution.origins.get('error_pages') ?? null],
    ...resolution.sites.flatMap((site) => [
      ['site.error_pages', site.said.error_pages ?? {}, site.origins.get('error_pages') ?? null] as const,
      ...site.locations.map(
        ({ errorPages, origins }) =>
          ['site.location.error_pages', errorPages, origins.get('error_pages') ?? null] as const,
      ),
    ]),
  ] as const;
  return named.flatMap(([label, pages, where]) =>
    Object.entries(pages).flatMap(([status, file]) => {
      // Of a status that there is not, that is all there is to say.
      const kind = /^[45](?:xx|[0-9]{2})$/.test(status) ? files.kind(file) : 'file';
      if (kind !== 'missing' && kind !== 'folder') return [];
      const message = `\`${label}\`: the page for ${status}, ${file}, ${kind === 'folder' ? 'is a folder' : 'does not exist'}`;
      const hint = 'the page of the server is sent instead';
      return [diagnostic('warning', message, { where, hint })];
    }),
  );
}

/** Folders that this user may not read, with the part of the path that denies it. */
export async function deniedFolders(
  resolution: Resolution,
  files: FileReader,
): Promise<readonly Diagnostic[]> {
  const found = await Promise.all(
    namedFolders(resolution).map(async ({ dir, label, where }) => {
      const denied = await files.whoDenies(resolve(dir));
      if (denied === null) return [];
      return [diagnostic('warning', `\`${label}\`: ${dir} cannot be read: ${denied}`, { where })];
    }),
  );
  return found.flat();
}

function namedFolders(resolution: Resolution): readonly NamedFolder[] {
  const ofSetting = (name: 'static_roots' | 'sendfile_roots'): readonly NamedFolder[] =>
    resolution.settings[name].map((dir) => ({
      dir,
      label: name,
      where: resolution.origins.get(name) ?? null,
    }));
  const ofLocations = resolution.locations.flatMap(({ files, origins, origin, fromSetting }) =>
    (files?.dirs ?? []).map((dir) => ({
      dir,
      label: fromSetting ? 'static_map' : 'site.location.static',
      where: origins.get('static') ?? origin,
    })),
  );
  return [...ofLocations, ...ofSetting('static_roots'), ...ofSetting('sendfile_roots')];
}
