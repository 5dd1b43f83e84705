import { constants } from 'node:fs';
import type { Stats } from 'node:fs';
import { access, lstat, readFile, readlink } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/** A user other than the one this process runs as. */
export interface Identity {
  readonly uid: number;
  readonly gid: number;
  readonly groups: readonly number[];
}

/**
 * Who keeps this process from reading a folder or a file: the first component of the path, as a sentence for an
 * operator, or null when nobody does (also when it doesn't exist). Looks at the components only, never at what lies
 * in a folder. `path` is absolute. `as`: judge for another user, by owner and mode alone.
 */
export async function whoDenies(path: string, as: Identity | null = null): Promise<string | null> {
  let left = LINKS_MAX;
  let ahead = path.split('/').filter((part) => part !== '');
  let current = '/';
  for (;;) {
    const stat = await lstat(current).catch(() => null);
    if (stat === null) return null;
    if (stat.isSymbolicLink()) {
      left -= 1;
      if (left === 0) return null;
      const target = await readlink(current);
      ahead = [
        ...resolve(dirname(current), target)
          .split('/')
          .filter((part) => part !== ''),
        ...ahead,
      ];
      current = '/';
      continue;
    }
    const next = ahead.shift();
    const mode = next === undefined ? (stat.isDirectory() ? PASS | READ : READ) : PASS;
    if (!(await mayAccess(current, stat, mode, as))) return await sentence(current, stat, mode, as ?? self());
    if (next === undefined) return null;
    current = current === '/' ? `/${next}` : `${current}/${next}`;
  }
}

const LINKS_MAX = 40;
const PASS = constants.X_OK;
const READ = constants.R_OK;
const PASSWD_BYTES_MAX = 1_048_576;

async function mayAccess(path: string, stat: Stats, mode: number, as: Identity | null): Promise<boolean> {
  if (as !== null) return as.uid === 0 || granted(stat, mode, as);
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

function self(): Identity {
  return {
    uid: process.geteuid?.() ?? -1,
    gid: process.getegid?.() ?? -1,
    groups: process.getgroups?.() ?? [],
  };
}

async function sentence(path: string, stat: Stats, mode: number, who: Identity): Promise<string> {
  const users = await userNames();
  const name = users.get(who.uid) ?? `with the number ${who.uid}`;
  const owner = users.get(stat.uid) ?? String(stat.uid);
  const cannot = mode === PASS ? 'pass' : 'read it';
  const found = `${path} is ${modeText(stat)} (${owner}): the user ${name} cannot ${cannot}`;
  if (granted(stat, mode, who)) {
    return `${found}, although the mode would let it: an access control list, SELinux or AppArmor says no`;
  }
  const letters = `${mode & READ ? 'r' : ''}${mode & PASS ? 'x' : ''}`;
  return `${found}; chmod ${classOf(stat, who)}+${letters} ${shellWord(path)}, or move the files`;
}

function granted(stat: Stats, mode: number, who: Identity): boolean {
  const shift = { u: 6, g: 3, o: 0 }[classOf(stat, who)];
  return ((stat.mode >> shift) & mode) === mode;
}

function classOf(stat: Stats, who: Identity): 'u' | 'g' | 'o' {
  if (stat.uid === who.uid) return 'u';
  return stat.gid === who.gid || who.groups.includes(stat.gid) ? 'g' : 'o';
}

/** As `ls -l` writes it. */
function modeText(stat: Stats): string {
  let text = stat.isDirectory() ? 'd' : '-';
  for (let bit = 8; bit >= 0; bit--) text += stat.mode & (1 << bit) ? 'rwx'[(8 - bit) % 3] : '-';
  return text;
}

async function userNames(): Promise<Map<number, string>> {
  const names = new Map<number, string>();
  const text = await readFile('/etc/passwd', 'latin1').catch(() => '');
  if (text.length > PASSWD_BYTES_MAX) return names;
  for (const line of text.split('\n')) {
    const [name = '', , uid = ''] = line.split(':');
    if (name !== '' && /^\d+$/.test(uid) && !names.has(Number(uid))) names.set(Number(uid), name);
  }
  return names;
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
