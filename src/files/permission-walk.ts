import { constants } from 'node:fs';
import type { Stats } from 'node:fs';
import { access, lstat, readFile, readlink } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';

/**
 * Who keeps this process from reading a folder or a file: the first component of the path, as a sentence for an
 * operator, or null when nobody does (also when it doesn't exist). Looks at the components only, never at what lies
 * in a folder. `path` is absolute.
 */
export async function whoDenies(path: string): Promise<string | null> {
  let left = LINKS_MAX;
  let todo = path.split('/').filter((part) => part !== '');
  let current = '/';
  for (;;) {
    const stat = await lstat(current).catch(() => null);
    if (stat === null) return null;
    if (stat.isSymbolicLink()) {
      left -= 1;
      if (left === 0) return null;
      const target = await readlink(current);
      todo = [
        ...resolve(dirname(current), target)
          .split('/')
          .filter((part) => part !== ''),
        ...todo,
      ];
      current = '/';
      continue;
    }
    const next = todo.shift();
    const mode = next === undefined ? (stat.isDirectory() ? PASS | READ : READ) : PASS;
    if (!(await mayAccess(current, mode))) return await sentence(current, stat, mode);
    if (next === undefined) return null;
    current = current === '/' ? `/${next}` : `${current}/${next}`;
  }
}

const LINKS_MAX = 40;
const PASS = constants.X_OK;
const READ = constants.R_OK;
const PASSWD_BYTES_MAX = 1_048_576;

async function mayAccess(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

async function sentence(path: string, stat: Stats, mode: number): Promise<string> {
  const users = await userNames();
  const uid = process.geteuid?.() ?? -1;
  const me = users.get(uid) ?? `with the number ${uid}`;
  const owner = users.get(stat.uid) ?? String(stat.uid);
  const cannot = mode === PASS ? 'pass' : 'read it';
  const found = `${path} is ${modeText(stat)} (${owner}): the user ${me} cannot ${cannot}`;
  const who = classOf(stat, uid);
  const shift = who === 'u' ? 6 : who === 'g' ? 3 : 0;
  if (((stat.mode >> shift) & mode) === mode) {
    return `${found}, although the mode would let it: an access control list, SELinux or AppArmor says no`;
  }
  const letters = `${mode & READ ? 'r' : ''}${mode & PASS ? 'x' : ''}`;
  return `${found}; chmod ${who}+${letters} ${shellWord(path)}, or move the files`;
}

function classOf(stat: Stats, uid: number): 'u' | 'g' | 'o' {
  if (stat.uid === uid) return 'u';
  const groups = process.getgroups?.() ?? [];
  return groups.includes(stat.gid) || stat.gid === process.getegid?.() ? 'g' : 'o';
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
