import { diagnostic, type Diagnostic } from '../config/diagnostic.ts';
import type { Entry } from '../config/entry.ts';
import type { Origin } from '../config/origin.ts';
import type { FileReader } from './terminal.ts';
import { shellWord } from './words.ts';

/** A Django project, read from its files without running any of them. */
export interface DjangoProject {
  /** Folder of manage.py relative to the start folder, `.` for that itself. */
  readonly folder: string;
  readonly settingsModule: string;
  readonly settingsOrigin: Origin;
  /** `module:attribute`. */
  readonly target: string;
  readonly targetOrigin: Origin;
}

export interface Discovery {
  readonly project: DjangoProject | null;
  readonly diagnostics: readonly Diagnostic[];
}

export interface DiscoveryInput {
  readonly files: FileReader;
  /** Folder to look in. */
  readonly folder: string;
  /** Whether its sub-folders are searched too, when it has no manage.py itself. */
  readonly descend: boolean;
  /** A settings module that was named by a person, and by what; stronger than manage.py. */
  readonly settings: { readonly module: string; readonly origin: Origin } | null;
}

/** Something of one of the usual names: a function or class, or what a value is given to. */
const APPLICATION_IN_MODULE =
  /^(?:(?:async +)?def|class) +(application|app)\b|^(application|app)\s*(?::[^=\n]+)?=/m;
const FOLDERS_MAX = 200;
const SETTINGS_DEPTH_MAX = 8;
const SKIPPED_FOLDERS = /^(\..*|__.*|node_modules|venv|env|static|media|templates|docs|tests?)$/;
const SETTINGS_IN_MANAGE = /['"]DJANGO_SETTINGS_MODULE['"]\s*(?:,|\]\s*=|:)\s*['"]([A-Za-z_][\w.]*)['"]/;
/** The setting that names an application, and the module that startproject puts it in; what comes first is preferred. */
const APPLICATIONS = ['wsgi', 'asgi'].map((module) => ({
  module,
  setting: `${module.toUpperCase()}_APPLICATION`,
  assignment: new RegExp(
    String.raw`^${module.toUpperCase()}_APPLICATION\s*(?::\s*\w+\s*)?=\s*\(?\s*['"]([A-Za-z_]\w*(?:\.\w+)+)['"]`,
    'm',
  ),
}));
const STAR_IMPORT = /^from\s+(\.*[\w.]*)\s+import\s+\*/gm;

/** Looks for manage.py here and one level down, then for the settings it names, then for their application. */
export async function discoverDjango(input: DiscoveryInput): Promise<Discovery> {
  const folders = await manageFolders(input);
  if (folders.length > 1) return several(folders);
  const [folder] = folders;
  if (folder === undefined) return { project: null, diagnostics: [] };
  const manage = joined(folder, 'manage.py');
  const settings = input.settings ?? settingsOf(input.files.read(manage) ?? '', manage);
  if (settings === null) {
    const hint = 'name the application: licorne PROJECT.wsgi (PROJECT is the folder that holds wsgi.py)';
    return failed(`${manage} does not say which settings to use`, found(manage, null), hint);
  }
  const application = findApplication(input.files, folder, settings.module);
  if (typeof application === 'string') {
    const own = settingsOf(input.files.read(manage) ?? '', manage);
    const wrong = own !== null && own.module !== settings.module && settings.origin.kind === 'env';
    const hint = wrong
      ? `unset DJANGO_SETTINGS_MODULE, or correct it: ${manage} says ${own.module}`
      : 'name the application: licorne PROJECT.wsgi';
    return failed(application, settings.origin, hint);
  }
  return {
    project: {
      folder,
      settingsModule: settings.module,
      settingsOrigin: settings.origin,
      target: application.target,
      targetOrigin: application.origin,
    },
    diagnostics: [
      diagnostic(
        'note',
        `found the Django project of ${manage}: settings ${settings.module}, application ${application.target}`,
      ),
    ],
  };
}

/** What a project says about the settings: the weakest source there is but the defaults. */
export function entriesOf(project: DjangoProject): readonly Entry[] {
  const entries: Entry[] = [{ name: 'target', raw: project.target, origin: project.targetOrigin }];
  if (project.folder !== '.') {
    entries.push({
      name: 'chdir',
      raw: project.folder,
      origin: found(joined(project.folder, 'manage.py'), null),
    });
  }
  return entries;
}

/** The error of somebody who named no application, with a command that would work when a file suggests one. */
export function noApplication(files: FileReader, folder: string): Diagnostic {
  const message = 'no application was named, and there is no Django project here';
  const allowed = 'module, module:attribute or module:factory()';
  if (files.exists(joined(folder, 'settings.py')) && files.exists(joined(folder, '../manage.py'))) {
    const hint = 'manage.py is one folder up: cd .. and try again, or give --chdir ..';
    return diagnostic('error', message, { allowed, hint });
  }
  const commands: string[] = [];
  const others: string[] = [];
  for (const module of ['app', 'main', 'wsgi', 'asgi', 'application', 'server']) {
    const text = files.read(joined(folder, `${module}.py`));
    if (text === null) continue;
    const name = APPLICATION_IN_MODULE.exec(text)
      ?.slice(1)
      .find((one) => one !== undefined);
    const factory = /^def\s+(create_app|make_app)\s*\(/m.exec(text)?.[1];
    if (name !== undefined) commands.push(`licorne ${module}:${name}`);
    else if (factory !== undefined) commands.push(`licorne '${module}:${factory}()'`);
    else others.push(module);
  }
  const [other] = others;
  const inOther = `${other ?? ''}.py has neither \`application\` nor \`app\`: name what it has, as in licorne ${other ?? ''}:NAME`;
  return diagnostic('error', message, {
    allowed,
    hint:
      commands.length > 0
        ? `try ${commands.join(' or ')}`
        : other !== undefined
          ? inOther
          : `looked for manage.py in ${folder === '.' ? 'this folder' : folder} and its sub-folders, and for app.py, main.py or wsgi.py; for Django go to the folder of manage.py, for Flask run licorne app:app`,
  });
}

async function manageFolders({ files, folder, descend }: DiscoveryInput): Promise<readonly string[]> {
  if (files.exists(joined(folder, 'manage.py'))) return [folder];
  if (!descend) return [];
  const below = (await files.folders(folder))
    .filter((name) => !SKIPPED_FOLDERS.test(name))
    .slice(0, FOLDERS_MAX);
  return below.map((name) => joined(folder, name)).filter((path) => files.exists(joined(path, 'manage.py')));
}

function settingsOf(manage: string, path: string): { module: string; origin: Origin } | null {
  const match = SETTINGS_IN_MANAGE.exec(manage);
  return match?.[1] === undefined
    ? null
    : { module: match[1], origin: found(path, lineAt(manage, match.index)) };
}

/**
 * The application the settings name, else the wsgi.py next to or above them; only a project that has neither is asked for
 * its ASGI application. A message when it has none at all.
 */
function findApplication(
  files: FileReader,
  folder: string,
  settings: string,
): { target: string; origin: Origin } | string {
  const parents = settings.split('.').slice(0, -1);
  const looked: string[] = [];
  for (const { module: name, assignment } of APPLICATIONS) {
    const named = followSettings({ files, folder, assignment, seen: new Set() }, settings);
    if (named !== null) return named;
    for (let depth = parents.length; depth > 0; depth--) {
      const module = [...parents.slice(0, depth), name].join('.');
      const path = joined(folder, `${module.replaceAll('.', '/')}.py`);
      if (files.exists(path)) return { target: `${module}:application`, origin: found(path, null) };
      looked.push(path);
    }
  }
  if (sourceOf(files, folder, settings) === null) {
    const path = joined(folder, `${settings.replaceAll('.', '/')}.py`);
    return `the settings module ${settings} is not in the project: there is no ${path}`;
  }
  const names = APPLICATIONS.map(({ setting }) => setting).join(' or ');
  return `${settings} names no ${names}, and there is no ${looked.join(' or ') || 'wsgi.py beside it'}`;
}

interface Search {
  readonly files: FileReader;
  readonly folder: string;
  readonly assignment: RegExp;
  readonly seen: Set<string>;
}

/** Reads an assignment of the settings, through `from .base import *` and the like. */
function followSettings(search: Search, module: string): { target: string; origin: Origin } | null {
  const { files, folder, assignment, seen } = search;
  if (seen.has(module) || seen.size >= SETTINGS_DEPTH_MAX) return null;
  seen.add(module);
  const source = sourceOf(files, folder, module);
  if (source === null) return null;
  const match = assignment.exec(source.text);
  if (match?.[1] !== undefined) {
    const dot = match[1].lastIndexOf('.');
    const target = `${match[1].slice(0, dot)}:${match[1].slice(dot + 1)}`;
    return { target, origin: found(source.path, lineAt(source.text, match.index)) };
  }
  for (const star of source.text.matchAll(STAR_IMPORT)) {
    const next = absoluteModule(star[1] ?? '', module, source.isPackage);
    const named = next === null ? null : followSettings(search, next);
    if (named !== null) return named;
  }
  return null;
}

function sourceOf(
  files: FileReader,
  folder: string,
  module: string,
): { path: string; text: string; isPackage: boolean } | null {
  const stem = joined(folder, module.replaceAll('.', '/'));
  for (const [path, isPackage] of [
    [`${stem}.py`, false],
    [`${stem}/__init__.py`, true],
  ] as const) {
    const text = files.read(path);
    if (text !== null) return { path, text, isPackage };
  }
  return null;
}

/** `.base` in `mysite.settings.dev` is `mysite.settings.base`. */
function absoluteModule(name: string, importer: string, importerIsPackage: boolean): string | null {
  const dots = /^\.*/.exec(name)?.[0].length ?? 0;
  if (dots === 0) return name;
  const parents = importer.split('.');
  const up = importerIsPackage ? dots - 1 : dots;
  if (up > parents.length) return null;
  return [...parents.slice(0, parents.length - up), name.slice(dots)].filter((part) => part !== '').join('.');
}

function several(folders: readonly string[]): Discovery {
  const list = folders.map((folder) => joined(folder, 'manage.py')).join(', ');
  const hint = `choose one: licorne --chdir ${shellWord(folders[0] ?? 'DIR')}, or name the application`;
  return {
    project: null,
    diagnostics: [diagnostic('error', `there are several Django projects here: ${list}`, { hint })],
  };
}

function failed(message: string, where: Origin, hint: string): Discovery {
  return { project: null, diagnostics: [diagnostic('error', message, { where, hint })] };
}

function found(path: string, line: number | null): Origin {
  return { kind: 'found', path, line };
}

function joined(folder: string, name: string): string {
  return folder === '.' || folder === '' ? name : `${folder.replace(/\/+$/, '')}/${name}`;
}

function lineAt(text: string, index: number): number {
  return text.slice(0, index).split('\n').length;
}
