/** Why a name leads to no file. */
export type MissReason =
  | 'missing'
  /** It is a folder. */
  | 'directory'
  /** A name with a dot in front, where those are not served. */
  | 'hidden'
  /** A symbolic link that leads where the location's rules don't allow. */
  | 'symlink'
  /** A device, a socket, a named pipe. */
  | 'special'
  /** This process may not read it. */
  | 'denied'
  /** No name of a file at all: `..`, a NUL. */
  | 'invalid'
  /** The machine failed us: no descriptors left, a broken disk. Never remembered. */
  | 'failed';

export interface Miss {
  readonly miss: MissReason;
  /** Absolute; for logs only. */
  readonly path: string;
  /** For the log: which component denies, where a link leads. May be empty. */
  readonly detail: string;
}

export function isMiss(found: object): found is Miss {
  return 'miss' in found;
}

/** What an error of open(2), fstat(2) or read(2) means. */
export function missFromError(error: NodeJS.ErrnoException, path: string): Miss {
  const miss = REASONS.get(error.code ?? '') ?? 'failed';
  return { miss, path, detail: miss === 'missing' ? '' : error.message };
}

const REASONS: ReadonlyMap<string, MissReason> = new Map([
  ['ENOENT', 'missing'],
  ['ENOTDIR', 'missing'],
  ['ENAMETOOLONG', 'missing'],
  ['EACCES', 'denied'],
  ['EPERM', 'denied'],
  // Too many links on the way, or one where O_NOFOLLOW was said.
  ['ELOOP', 'symlink'],
  // A socket, or a device that nobody drives.
  ['ENXIO', 'special'],
  ['ENODEV', 'special'],
  ['EOPNOTSUPP', 'special'],
]);
