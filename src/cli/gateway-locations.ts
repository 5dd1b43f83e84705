import { resolve } from 'node:path';
import type { Location } from '../config/location.ts';
import type { Settings } from '../config/options.ts';
import type { GatewayLocation } from '../wire/gateway-control.ts';

/** Locations as the gateways are told them: with folders that do not depend on where a process runs. */
export function gatewayLocations(
  locations: readonly Location[],
  settings: Pick<Settings, 'compress'>,
): readonly GatewayLocation[] {
  return locations.map(({ path, app, files, compress, requestTimeout, internal, headers }) => ({
    path,
    app,
    static:
      files === null
        ? null
        : {
            roots: files.dirs.map((dir) => ({ dir: resolve(dir), prefix: '' })),
            index: files.index,
            tryFiles: files.tryFiles,
            listing: files.listing,
            symlinks: files.symlinks,
            dotfiles: files.dotfiles,
            precompressed: files.precompressed,
            compress: files.compress,
            expires: files.expires,
            immutable: files.immutable,
            manifest: '',
            media: files.media,
            debug: false,
          },
    internal,
    compress: compress ?? settings.compress,
    requestMs: requestTimeout === null ? null : requestTimeout * 1000,
    headers: Object.entries(headers).flat(),
  }));
}

/** The operator's error pages, by status, as absolute paths. */
export function gatewayErrorPages(pages: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(pages).map(([status, file]) => [status, resolve(file)]));
}
