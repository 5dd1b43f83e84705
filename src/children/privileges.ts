import { spawnSync } from 'node:child_process';
import type { Settings } from '../config/options.ts';
import type { ProcessIds } from '../wire/process-ids.ts';

/** The user that gateways and workers run as. */
export interface Identity extends ProcessIds {
  readonly name: string;
  readonly home: string;
}

/**
 * Whom the settings `user` and `group` mean; null: gateways and workers stay what the master is. The master itself stays root: it starts
 * processes for as long as it lives, and only root may make them somebody else; it serves no request and runs no code of the app.
 * Throws in words when it can't be done.
 * @param python names are looked up by an interpreter, which asks whatever the system is set up to ask (files, LDAP); Node can't.
 */
export function findIdentity(
  { user, group }: Pick<Settings, 'user' | 'group'>,
  python: string,
  self: { readonly uid: number; readonly gid: number } = ownIds(),
): Identity | null {
  if (user === '' && group === '') return null;
  const { status, stdout, stderr } = spawnSync(python, ['-I', '-S', '-c', LOOK_UP, user, group], {
    encoding: 'utf8',
  });
  if (status !== 0)
    throw new Error(stderr.trim().split('\n').at(-1) ?? `${python} could not look up ${user}`);
  const found = JSON.parse(stdout) as Identity;
  if (self.uid === 0) return found;
  if (found.uid === self.uid && (group === '' || found.gid === self.gid)) return null;
  const wanted = [user === '' ? '' : `user ${user}`, group === '' ? '' : `group ${group}`];
  throw new Error(
    `only root may run the application as ${wanted.filter((one) => one !== '').join(', ')}, and this server was started by user ${self.uid}: start it as root, or leave \`user\` and \`group\` out`,
  );
}

/** The ids alone, for a child. */
export function idsOf({ uid, gid, groups }: ProcessIds): ProcessIds {
  return { uid, gid, groups };
}

/** What programs look at to find the files of their user. */
export function homeOf(identity: Identity | null): Record<string, string> {
  if (identity === null) return {};
  return { HOME: identity.home, USER: identity.name, LOGNAME: identity.name };
}

/** The setting as a number; -1: it says nothing. */
export function umaskOf(text: string): number {
  return text === '' ? -1 : Number.parseInt(text.replace(/^0o/, ''), 8);
}

function ownIds(): { uid: number; gid: number } {
  return { uid: process.geteuid?.() ?? 0, gid: process.getegid?.() ?? 0 };
}

const LOOK_UP = `
import grp, json, os, pwd, sys
user, group = sys.argv[1:3]
def by_id(text):
    return text.isascii() and text.isdigit()
try:
    entry = pwd.getpwnam(user) if user and not by_id(user) else pwd.getpwuid(int(user) if user else os.geteuid())
except KeyError:
    if user and not by_id(user):
        sys.exit('there is no user ' + user + ' on this machine (\`user\`)')
    entry = None
try:
    gid = None if not group else int(group) if by_id(group) else grp.getgrnam(group).gr_gid
except KeyError:
    sys.exit('there is no group ' + group + ' on this machine (\`group\`)')
uid = entry.pw_uid if entry else int(user) if user else os.geteuid()
if gid is None:
    if entry is None:
        sys.exit('user ' + user + ' has no entry on this machine, so its group has to be named (\`group\`)')
    gid = entry.pw_gid
groups = os.getgrouplist(entry.pw_name, gid) if entry else [gid]
name, home = (entry.pw_name, entry.pw_dir) if entry else (str(uid), '/')
json.dump({'uid': uid, 'gid': gid, 'groups': sorted(set(groups)), 'name': name, 'home': home}, sys.stdout)
`;
