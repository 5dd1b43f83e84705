import type { MissReason } from './miss.ts';

/**
 * Judges a name below a root before the disk is asked: null when it may be looked for. One byte is one latin-1 code
 * point; a backslash is a byte like others. `a//b` names nothing: two names for one file would be two cache entries
 * here and elsewhere. One slash at the end is allowed, it asks for a folder.
 */
export function judgeName(name: string, dotfiles: boolean): MissReason | null {
  if (name.length > NAME_BYTES_MAX) return 'missing';
  if (name.includes('\0')) return 'invalid';
  let from = 0;
  while (from < name.length) {
    const slash = name.indexOf('/', from);
    const end = slash === -1 ? name.length : slash;
    const reason = judgeSegment(name, from, end, dotfiles);
    if (reason !== null) return reason;
    from = end + 1;
  }
  return null;
}

/** PATH_MAX and NAME_MAX of Linux. */
const NAME_BYTES_MAX = 4096;
const SEGMENT_BYTES_MAX = 255;
const DOT = 0x2e;
// RFC 8615: what lies in it is meant for strangers.
const WELL_KNOWN = '.well-known';

function judgeSegment(name: string, from: number, end: number, dotfiles: boolean): MissReason | null {
  const length = end - from;
  if (length === 0 || length > SEGMENT_BYTES_MAX) return 'missing';
  if (name.charCodeAt(from) !== DOT) return null;
  if (length === 1 || (length === 2 && name.charCodeAt(from + 1) === DOT)) return 'invalid';
  if (dotfiles || (from === 0 && name.slice(from, end) === WELL_KNOWN)) return null;
  return 'hidden';
}
