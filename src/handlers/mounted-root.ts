import type { FileRoot } from '../files/file-root.ts';
import type { FileStore } from '../files/file-store.ts';
import type { StaticSpec } from '../wire/site-spec.ts';

/** A folder of a location, and the names that lie in it. */
export interface MountedRoot {
  readonly root: FileRoot;
  readonly dir: string;
  /** What the names begin with; it is no part of their path in the folder. Empty, or ending with a slash. */
  readonly prefix: string;
}

/** The folders of a location, in their order. A link in one may lead into another. */
export function mountRoots(files: FileStore, spec: StaticSpec): readonly MountedRoot[] {
  const { roots, symlinks, dotfiles, precompressed } = spec;
  return roots.map(({ dir, prefix }) => {
    const alsoAllowed = roots.map((root) => root.dir).filter((other) => other !== dir);
    return {
      root: files.root({ dir, symlinks, dotfiles, precompressed, alsoAllowed }),
      dir,
      prefix: prefix === '' ? '' : `${prefix.replace(/\/+$/, '')}/`,
    };
  });
}
