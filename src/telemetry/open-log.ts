import { closeSync, constants, fchownSync, fstatSync, openSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** The user that other processes of the server run as. */
export interface LogOwner {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

const MODE = 0o640;
const APPEND = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT;

/**
 * Opens a log file for appending; makes it if need be. With `owner` we are root, and the others have to open the same file later on as that user. Whoever may
 * change the folder could put a link in the place of the file and have root write, or give away, any file of the machine; so it is done as the user where
 * the user can do it, and as root only in folders that nobody but root can change.
 */
export function openLog(path: string, owner: LogOwner | null): number {
  if (owner === null || owner.uid === 0) return openSync(path, 'a', MODE);
  try {
    return asUser(owner, () => openSync(path, APPEND, MODE));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EACCES' && code !== 'EPERM') throw error;
    return openAsRoot(path, owner, error);
  }
}

/** Runs `action` with the rights of another user; only root can, and only at once: nothing else of this process may run meanwhile. */
export function asUser<T>(owner: LogOwner, action: () => T): T {
  const groups = process.getgroups?.() ?? [];
  const [uid, gid] = [process.geteuid?.() ?? 0, process.getegid?.() ?? 0];
  process.setgroups?.([...owner.groups]);
  process.setegid?.(owner.gid);
  process.seteuid?.(owner.uid);
  try {
    return action();
  } finally {
    process.seteuid?.(uid);
    process.setegid?.(gid);
    process.setgroups?.(groups);
  }
}

/** Whether nobody but root can put another thing at the path: every folder on the way is root's, and only root may write to it. */
export function onlyRootChanges(path: string): boolean {
  for (let folder = realpathSync(dirname(path)); ; folder = dirname(folder)) {
    const { uid, mode } = statSync(folder);
    if (uid !== 0 || (mode & 0o022) !== 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

function openAsRoot(path: string, owner: LogOwner, denied: unknown): number {
  if (!onlyRootChanges(path)) throw denied;
  const fd = openSync(path, APPEND | constants.O_NOFOLLOW, MODE);
  const found = fstatSync(fd);
  if (!found.isFile() || found.nlink > 1) {
    closeSync(fd);
    throw denied;
  }
  fchownSync(fd, owner.uid, owner.gid);
  return fd;
}
