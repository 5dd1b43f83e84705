import { fstatSync, readFileSync } from 'node:fs';

/** The path that a Unix socket is bound to, as the system tells it (Linux only); empty when it can't be told. */
export function boundPath(fd: number): string {
  try {
    const inode = String(fstatSync(fd).ino);
    // The columns: address, references, protocol, flags, type, state, inode, path.
    for (const line of readFileSync('/proc/net/unix', 'utf8').split('\n')) {
      const columns = /^\S+ \S+ \S+ \S+ \S+ \S+ +(\d+) (.+)$/.exec(line);
      if (columns?.[1] === inode) return columns[2] ?? '';
    }
  } catch {
    // Not Linux, or not ours to read.
  }
  return '';
}
