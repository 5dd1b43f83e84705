import { MAIN_APP } from '../config/apps.ts';
import { diagnostic, type Diagnostic, hasErrors } from '../config/diagnostic.ts';
import { parseDotenv } from '../config/dotenv.ts';
import type { Entry } from '../config/entry.ts';
import { CONFIG_VARIABLE, type Environment, withSecretFiles } from '../config/env.ts';
import type { CommandLine, ParsedFlags } from '../config/flags.ts';
import type { LocationTable } from '../config/location-table.ts';
import type { Origin } from '../config/origin.ts';
import { resolveSettings, type Resolution } from '../config/resolve.ts';
import { needsNoMain } from '../config/site.ts';
import type { ConfigFile } from '../config/toml.ts';
import { discoverDjango, entriesOf, noApplication } from './discover.ts';
import { missingFiles } from './static-folders.ts';
import type { Terminal } from './terminal.ts';
import { missingServiceFolders } from './service-folders.ts';
import { missingAuthorities } from './upstream-files.ts';
import { usersFileFaults } from './users-files.ts';

export interface Loaded {
  readonly resolution: Resolution;
  readonly file: ConfigFile | null;
}

const DEFAULT_FILE = 'licorne.toml';

/** Settings of a native command line: its flags, the environment, the file, and the project in the folder. */
export async function loadNative(
  line: CommandLine,
  terminal: Terminal,
  {
    base = [],
    project = 'application',
  }: { base?: readonly Entry[]; project?: 'application' | 'settings' } = {},
): Promise<Loaded> {
  const target = line.positionals[0];
  const entries: readonly Entry[] =
    target === undefined
      ? line.entries
      : [...line.entries, { name: 'target', raw: target, origin: { kind: 'flag', flag: 'TARGET' } }];
  const { file, faults } = openFile(line, terminal);
  const flags = { entries, diagnostics: [...line.diagnostics, ...faults] };
  return {
    resolution: await resolveWithProject({
      flags,
      env: terminal.env,
      file,
      base,
      project,
      shown: line.commands.has('print-config'),
      terminal,
    }),
    file,
  };
}

/**
 * Resolves, and looks for a Django project when nobody named an application. With `settings` the settings that
 * manage.py names become ours too; otherwise wsgi.py chooses, which may name others (production) than manage.py does.
 */
export async function resolveWithProject(input: {
  flags: ParsedFlags;
  env: Environment;
  file: ConfigFile | null;
  base?: readonly Entry[];
  locations?: readonly LocationTable[];
  project: 'none' | 'application' | 'settings';
  /** The settings are only printed, perhaps for another machine: folders need not be here. */
  shown?: boolean;
  terminal: Terminal;
}): Promise<Resolution> {
  const { file, terminal } = input;
  const { env, diagnostics } = withSecretFiles(input.env, (path) => terminal.files.read(path));
  const flags = { ...input.flags, diagnostics: [...input.flags.diagnostics, ...diagnostics] };
  const base = input.base ?? [];
  const locations = input.locations ?? [];
  const plain = resolveSettings({ flags, env, file, base, locations });
  const missing =
    input.shown === true ? [] : [...missingFolders(plain, terminal), ...missingEnvFiles(plain, terminal)];
  const absent =
    input.shown === true
      ? []
      : [
          ...missingFiles(plain, terminal.files),
          ...usersFileFaults(plain, terminal.files),
          ...missingAuthorities(plain, terminal.files),
          ...missingServiceFolders(plain, terminal.files),
          ...missingModuleFolders(plain, terminal),
          ...unreadLines(plain, terminal),
        ];
  const resolution = { ...plain, diagnostics: [...plain.diagnostics, ...missing, ...absent] };
  // A file that says nothing yet may name the application.
  if (missing.length > 0 || resolution.diagnostics.some(isAboutFile)) return resolution;
  if (input.project === 'none' || resolution.settings.target !== '') return resolution;
  if (resolution.diagnostics.some(isAboutTarget)) return resolution;
  const folder = resolution.settings.chdir === '' ? '.' : resolution.settings.chdir;
  const discovery = await discoverDjango({
    files: terminal.files,
    folder,
    descend: resolution.settings.chdir === '',
    settings: namedSettings(resolution, env),
  });
  const { project } = discovery;
  if (project === null && !hasErrors(discovery.diagnostics) && needsNoMain(resolution.sites)) {
    const mainless = resolveSettings({ flags, env, file, base, locations, withoutMain: true });
    return { ...mainless, diagnostics: [...mainless.diagnostics, ...missing, ...absent] };
  }
  if (project === null) {
    const faults = hasErrors(discovery.diagnostics)
      ? discovery.diagnostics
      : [noApplication(terminal.files, folder)];
    return { ...resolution, diagnostics: [...resolution.diagnostics, ...faults] };
  }
  const settings: Entry[] =
    input.project === 'settings'
      ? [{ name: 'settings_module', raw: project.settingsModule, origin: project.settingsOrigin }]
      : [];
  const found = [...base, ...entriesOf(project), ...settings];
  const complete = resolveSettings({ flags, env, file, base: found, locations });
  return { ...complete, diagnostics: [...complete.diagnostics, ...absent, ...discovery.diagnostics] };
}

/** Folders of applications that are not there; one that an application shares is told once. */
function missingFolders(resolution: Resolution, terminal: Terminal): readonly Diagnostic[] {
  return resolution.apps.flatMap(({ name, settings, origins }) => {
    const where = origins.get('chdir') ?? null;
    if (settings.chdir === '' || where?.kind === 'inherited' || terminal.files.exists(settings.chdir))
      return [];
    const label = name === MAIN_APP ? 'chdir' : `apps.${name}.chdir`;
    return [diagnostic('error', `\`${label}\`: the folder ${settings.chdir} does not exist`, { where })];
  });
}

/** Files of variables; one that an application shares is told once. */
function missingEnvFiles(resolution: Resolution, terminal: Terminal): readonly Diagnostic[] {
  return resolution.apps.flatMap(({ name, settings, origins }) => {
    const where = origins.get('env_file') ?? null;
    if (where?.kind === 'inherited') return [];
    const label = name === MAIN_APP ? 'env_file' : `apps.${name}.env_file`;
    return settings.env_file
      .filter((path) => !terminal.files.exists(path))
      .map((path) => diagnostic('error', `\`${label}\`: the file ${path} does not exist`, { where }));
  });
}

/** Python passes over them in silence, and then says that there is no such module. */
function missingModuleFolders(resolution: Resolution, terminal: Terminal): readonly Diagnostic[] {
  return resolution.apps.flatMap(({ name, settings, origins }) => {
    const where = origins.get('pythonpath') ?? null;
    if (where?.kind === 'inherited') return [];
    const label = name === MAIN_APP ? 'pythonpath' : `apps.${name}.pythonpath`;
    return settings.pythonpath
      .filter((path) => !terminal.files.exists(path))
      .map((path) => diagnostic('warning', `\`${label}\`: the folder ${path} does not exist`, { where }));
  });
}

/** Lines of files of variables that say nothing that can be understood. */
function unreadLines(resolution: Resolution, terminal: Terminal): readonly Diagnostic[] {
  const paths = new Set(resolution.apps.flatMap(({ settings }) => settings.env_file));
  return [...paths].flatMap((path) => {
    const text = terminal.files.read(path);
    if (text === null) return [];
    return parseDotenv(text, terminal.env).faults.map((line) =>
      diagnostic('warning', 'this line is not NAME=value and is left out', {
        where: { kind: 'file', path, line, column: 1 },
      }),
    );
  });
}

function namedSettings(resolution: Resolution, env: Environment): { module: string; origin: Origin } | null {
  const { settings_module: said } = resolution.settings;
  if (said !== '')
    return { module: said, origin: resolution.origins.get('settings_module') ?? { kind: 'default' } };
  const variable = 'DJANGO_SETTINGS_MODULE';
  const inherited = env[variable] ?? '';
  return inherited === '' ? null : { module: inherited, origin: { kind: 'env', name: variable } };
}

/** The whole file could not be read. */
function isAboutFile({ message }: Diagnostic): boolean {
  return message.startsWith('this is not TOML') || message.startsWith('the configuration file ');
}

function isAboutTarget(one: Diagnostic): boolean {
  return one.severity === 'error' && one.message.startsWith('`target`');
}

function openFile(
  line: CommandLine,
  terminal: Terminal,
): { file: ConfigFile | null; faults: readonly Diagnostic[] } {
  const named = line.config ?? terminal.env[CONFIG_VARIABLE] ?? null;
  const path = named ?? DEFAULT_FILE;
  const text = terminal.files.read(path);
  if (text !== null) return { file: { path, text }, faults: [] };
  if (named === null && !terminal.files.exists(path)) return { file: null, faults: [] };
  const where =
    line.config !== null
      ? ({ kind: 'flag', flag: '--config' } as const)
      : ({ kind: 'env', name: CONFIG_VARIABLE } as const);
  const missing = terminal.files.exists(path) ? 'cannot be read' : 'does not exist';
  const fault = diagnostic('error', `the configuration file ${path} ${missing}`, {
    where: named === null ? null : where,
  });
  return { file: null, faults: [fault] };
}
