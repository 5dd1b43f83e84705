import { realpathSync } from 'node:fs';
import { userInfo } from 'node:os';
import { basename, dirname, resolve } from 'node:path';
import { hasErrors } from '../config/diagnostic.ts';
import { parseFlags } from '../config/flags.ts';
import type { Resolution } from '../config/resolve.ts';
import { whoDenies } from '../files/permission-walk.ts';
import { nameOfFolder } from '../children/launch.ts';
import { findIdentity } from '../children/privileges.ts';
import { findPython } from '../children/python.ts';
import { loadNative } from './load.ts';
import { report } from './report.ts';
import { answerCommandFlags } from './serve-command.ts';
import { servicePython } from './service-python.ts';
import { RUNTIME_DIRECTORY, serviceUnit, socketUnit, type UnitFacts } from './systemd-unit.ts';
import type { Terminal } from './terminal.ts';

/** Who asks, and with what; tests give their own. */
export interface Surroundings {
  /** Node, `--` (which keeps Node from taking options of ours for its own), and the script of this command. */
  readonly program: readonly [node: string, end: '--', script: string];
  readonly user: { readonly uid: number; readonly username: string };
}

/** `licorne systemd [TARGET] [OPTIONS] [--socket] [--name NAME]`. */
export async function runSystemd(
  argv: readonly string[],
  terminal: Terminal,
  around: Surroundings = surroundings(),
): Promise<number> {
  const own = readOwnFlags(argv);
  if (own.fault !== '') {
    terminal.err(`licorne: error: ${own.fault}\n`);
    return 2;
  }
  const commandLine = parseFlags(own.rest);
  const early = await answerCommandFlags('systemd', commandLine, terminal);
  if (early !== null) return early;
  const { resolution } = await loadNative(commandLine, terminal);
  report(terminal, resolution.diagnostics);
  if (hasErrors(resolution.diagnostics)) return 1;
  const facts = factsOf(own, resolution, terminal, around);
  if (own.socket) {
    const unit = socketUnit(facts);
    if (typeof unit !== 'string') {
      terminal.err(`licorne: error: no socket unit: ${unit.fault}\n`);
      return 1;
    }
    terminal.out(unit);
    terminal.err(hint(facts.name, 'socket'));
    return 0;
  }
  terminal.out(serviceUnit(facts));
  if (facts.user === '')
    terminal.err('licorne: warning: the unit names no user, so it runs as root\n  hint     --user NAME\n');
  else await warnOfUser(facts, terminal);
  terminal.err(hint(facts.name, 'service'));
  return 0;
}

interface OwnFlags {
  readonly socket: boolean;
  readonly name: string;
  readonly rest: readonly string[];
  readonly fault: string;
}

function readOwnFlags(argv: readonly string[]): OwnFlags {
  const rest: string[] = [];
  let socket = false;
  let name = '';
  let fault = '';
  for (let index = 0; index < argv.length; index += 1) {
    const word = argv[index] ?? '';
    if (word === '--socket') socket = true;
    else if (word === '--name' || word.startsWith('--name=')) {
      if (word === '--name') index += 1;
      name = word === '--name' ? (argv[index] ?? '') : word.slice('--name='.length);
      if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,99}$/.test(name))
        fault = `--name ${name}: a service is named by letters, digits, -, _ and .`;
    } else rest.push(word);
  }
  return { socket, name, rest, fault };
}

function factsOf(own: OwnFlags, resolution: Resolution, terminal: Terminal, around: Surroundings): UnitFacts {
  const { settings, apps, binds } = resolution;
  const folder = nameOfFolder(terminal.env, terminal.cwd);
  const name = own.name === '' ? nameOf(folder) : own.name;
  const runDir =
    settings.run_dir === ''
      ? `${RUNTIME_DIRECTORY}/licorne-${name}`
      : resolve(terminal.cwd, settings.run_dir);
  const projectDir = resolve(terminal.cwd, settings.chdir === '' ? '.' : settings.chdir);
  const found = findPython({ asked: settings.python, projectDir, env: terminal.env });
  const where = { cwd: projectDir, env: terminal.env };
  const python = found === null ? null : servicePython(found, settings.python, where);
  if (python !== null && python.doubt !== '')
    terminal.err(`licorne: warning: ${python.doubt}\n  hint     name it: --python PATH\n`);
  const command = [
    ...around.program,
    ...own.rest,
    // Of an interpreter that is named twice the last counts.
    ...(python?.mustBeNamed === true ? ['--python', python.path] : []),
    ...(settings.run_dir === '' ? ['--run-dir', runDir] : []),
  ];
  return {
    name,
    command,
    reload: [...around.program, 'reload', '--run-dir', runDir],
    cwd: folder,
    // The name tells the server that its folder is a link; older service managers do not set it.
    env: { ...variablesOf(resolution, terminal), ...(folder === terminal.cwd ? {} : { PWD: folder }) },
    python: python === null || python.doubt !== '' ? null : python.path,
    user: userOf(resolution, around),
    settings,
    binds,
    ordersCertificates: resolution.certificatesWanted.length > 0,
    bootTimeout: Math.max(...apps.map((app) => app.settings.boot_timeout)),
    paths: [
      terminal.cwd,
      projectDir,
      ...apps.map((app) => resolve(terminal.cwd, app.settings.chdir)),
      ...[around.program[0], around.program[2]].map(real),
      ...(python === null ? [] : [python.path, real(python.path)]),
    ].map((path) => (path === terminal.cwd ? path : dirname(path))),
  };
}

/** What would keep the unit's user from running it on this machine; the unit may be for another, so it is printed all the same. */
async function warnOfUser({ user, settings, python }: UnitFacts, terminal: Terminal): Promise<void> {
  const warn = (text: string): void => terminal.err(`licorne: warning: ${text}\n`);
  try {
    const identity = findIdentity({ user, group: settings.group }, python ?? 'python3', { uid: 0, gid: 0 });
    if (identity === null || python === null) return;
    const denial = await whoDenies(python, identity);
    if (denial !== null) warn(`the service cannot run ${python}: ${denial}`);
  } catch (error) {
    warn(error instanceof Error ? error.message : String(error));
  }
}

function userOf({ settings }: Resolution, { user }: Surroundings): string {
  if (settings.user !== '') return settings.user;
  return user.uid === 0 ? '' : user.username;
}

/** Variables of this shell that settings come from: the service has none of them by itself. */
function variablesOf(resolution: Resolution, terminal: Terminal): Record<string, string> {
  const names = new Set(['LICORNE_CONFIG', 'DJANGO_SETTINGS_MODULE']);
  for (const origins of [resolution.origins, ...resolution.apps.map((app) => app.origins)])
    for (const origin of origins.values()) if (origin.kind === 'env') names.add(origin.name);
  const values: Record<string, string> = {};
  for (const name of [...names].toSorted()) {
    const value = terminal.env[name];
    if (value !== undefined) values[name] = value;
  }
  return values;
}

function nameOf(cwd: string): string {
  // Of a link to the release that is current, the folder it is in says whose.
  const name = basename(basename(cwd) === 'current' ? dirname(cwd) : cwd)
    .replaceAll(/[^A-Za-z0-9_.-]+/g, '-')
    .replaceAll(/^[-.]+|[-.]+$/g, '');
  return name === '' ? 'licorne' : name;
}

function hint(name: string, kind: 'service' | 'socket'): string {
  const file = `/etc/systemd/system/${name}.${kind}`;
  return `# Save it as ${file}, then: systemctl daemon-reload && systemctl enable --now ${name}.${kind}\n`;
}

function real(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function surroundings(): Surroundings {
  const { uid, username } = userInfo();
  return { program: [process.execPath, '--', process.argv[1] ?? 'licorne'], user: { uid, username } };
}
