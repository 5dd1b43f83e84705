import { realpath, stat } from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { pooledDisk } from './disk.ts';
import type { Disk } from './disk.ts';

/**
 * Where the file behind a descriptor lies now, without symbolic links; null when that can't be told. On Linux the
 * kernel is asked about the descriptor itself, so nobody can exchange anything in between. Elsewhere the path is
 * resolved again, and what it leads to must be what was opened.
 */
export function realPathOf(
  opened: { readonly fd: number; readonly path: Buffer; readonly stat: BigIntStats },
  done: (real: Buffer | null) => void,
  disk: Disk = pooledDisk,
  proc: boolean = process.platform === 'linux',
): void {
  if (!proc) return resolveAgain(opened, done);
  disk.readlink(`/proc/self/fd/${opened.fd}`, (error, real) => {
    // A container without /proc.
    if (error !== null) return resolveAgain(opened, done);
    done(opened.stat.nlink === 0n ? withoutDeleted(real) : real);
  });
}

const DELETED = Buffer.from(' (deleted)');

/** The kernel's mark of a file that has lost its last name since it was opened. */
function withoutDeleted(real: Buffer): Buffer {
  const end = real.length - DELETED.length;
  return end > 0 && real.subarray(end).equals(DELETED) ? real.subarray(0, end) : real;
}

function resolveAgain(
  opened: { readonly path: Buffer; readonly stat: BigIntStats },
  done: (real: Buffer | null) => void,
): void {
  realpath.native(opened.path, { encoding: 'buffer' }, (error, real) => {
    if (error !== null) return done(null);
    stat(real, { bigint: true }, (failed, now) => {
      const same = failed === null && now.ino === opened.stat.ino && now.dev === opened.stat.dev;
      done(same ? real : null);
    });
  });
}
