import { ConfigError, diagnostic, type Diagnostic } from '../config/diagnostic.ts';
import { parseUsersFile } from '../config/password-hash.ts';
import type { Resolution } from '../config/resolve.ts';
import type { FileReader } from './terminal.ts';

/** What is wrong with the files of users that locations name. */
export function usersFileFaults(resolution: Resolution, files: FileReader): readonly Diagnostic[] {
  const tables = resolution.sites.flatMap((site) => [
    { label: 'site', path: site.said.basic_auth, where: site.origins.get('basic_auth') },
    ...site.locations.map(({ said, origins }) => ({
      label: 'site.location',
      path: said.basic_auth,
      where: origins.get('basic_auth'),
    })),
  ]);
  return tables.flatMap(({ label, path = '', where = null }) => {
    if (path === '') return [];
    const text = files.read(path);
    if (text === null) {
      const fault = files.exists(path) ? 'cannot be read' : 'does not exist';
      return [diagnostic('error', `\`${label}.basic_auth\`: the file ${path} ${fault}`, { where })];
    }
    try {
      if (parseUsersFile(text).length > 0) return [];
      const hint = `add somebody: licorne hash-password NAME >> ${path}`;
      return [diagnostic('warning', `${path} has no users: nobody can sign in`, { where, hint })];
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      const { allowed, hint } = error;
      return [diagnostic('error', `${path}: ${error.message}`, { where, allowed, hint })];
    }
  });
}
