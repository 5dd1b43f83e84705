import { TOOLS } from '../compat/tools.ts';
import { type Surroundings, type Tool, translate, type Translation } from '../compat/translate.ts';
import { diagnostic } from '../config/diagnostic.ts';
import type { Environment } from '../config/env.ts';
import type { Resolution } from '../config/resolve.ts';
import { reportCheck } from './check-command.ts';
import { resolveWithProject } from './load.ts';
import { report } from './report.ts';
import { printConfig, serveResolution } from './serve-command.ts';
import type { Terminal } from './terminal.ts';
import { version } from './version.ts';
import { shellWord } from './words.ts';

/** `licorne gunicorn ...` and its like: the arguments of another server, served by this one. */
export async function runForeign(name: string, argv: readonly string[], terminal: Terminal): Promise<number> {
  const tool = TOOLS.find((one) => one.name === name);
  if (tool === undefined) throw new Error(`no table for ${name}`);
  const translation = await translated(tool, argv, terminal);
  if (translation.request === 'help') return (await import('./help.ts')).runHelp([name], terminal);
  if (translation.request === 'version') {
    terminal.out(`licorne ${version()} (as ${name})\n`);
    return 0;
  }
  if (translation.usage.length > 0) {
    report(terminal, [...translation.usage, ...translation.diagnostics]);
    return 2;
  }
  const resolution = await resolveTranslation(translation, terminal);
  if (translation.request === 'print-config')
    return printConfig(resolution, headingOf(translation, argv), terminal);
  if (translation.request === 'check') return reportCheck(resolution, null, terminal);
  const reread = async (): Promise<Resolution> => {
    const again = await translated(tool, argv, terminal);
    const resolved = await resolveTranslation(again, terminal);
    return { ...resolved, diagnostics: [...again.usage, ...resolved.diagnostics] };
  };
  return serveResolution(resolution, reread, terminal, translation.servesProject ? { hosts: true } : null);
}

/** In two steps when a file of settings has to be run by Python first. */
async function translated(tool: Tool, argv: readonly string[], terminal: Terminal): Promise<Translation> {
  const around = await surroundings(terminal);
  const translation = translate(tool, argv, around);
  const { pythonFile } = translation;
  if (pythonFile === null) return translation;
  const known = tool.rows.flatMap((row) => row.setting ?? []);
  const folder = translation.entries.findLast(({ name }) => name === 'chdir')?.raw;
  const pythonSettings = await terminal.pythonSettings(
    pythonFile,
    known,
    typeof folder === 'string' ? folder : '.',
  );
  return translate(tool, argv, { ...around, pythonSettings });
}

async function surroundings(terminal: Terminal): Promise<Surroundings> {
  return {
    env: terminal.env,
    cpus: await terminal.cpus(),
    cwd: terminal.cwd,
    exists: (path) => terminal.files.exists(path),
    read: (path) => terminal.files.read(path),
  };
}

async function resolveTranslation(translation: Translation, terminal: Terminal): Promise<Resolution> {
  const flags = { entries: translation.entries, diagnostics: translation.diagnostics };
  const env = without(terminal.env, translation.ignoredEnv);
  const resolution = await resolveWithProject({
    flags,
    env,
    file: null,
    base: translation.base,
    locations: translation.locations,
    project: projectOf(translation, env),
    shown: translation.request === 'print-config',
    terminal,
  });
  if (!terminal.files.exists('licorne.toml')) return resolution;
  const unread = diagnostic('warning', `licorne.toml is not read by \`licorne ${translation.tool}\``, {
    hint: 'to use it, run licorne without the name of another server',
  });
  return { ...resolution, diagnostics: [...resolution.diagnostics, unread] };
}

/** Only runserver looks for a project by itself; a DJANGO_SETTINGS_MODULE that is set reaches the workers anyway. */
function projectOf(translation: Translation, env: Environment): 'none' | 'application' | 'settings' {
  if (!translation.servesProject) return 'none';
  return (env['DJANGO_SETTINGS_MODULE'] ?? '') === '' ? 'settings' : 'application';
}

function without(env: Environment, names: readonly string[]): Environment {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name)));
}

function headingOf(translation: Translation, argv: readonly string[]): readonly string[] {
  const words = argv.filter((word) => word !== '--print-config').map(shellWord);
  const accepted = translation.accepted.map((text) => `accepted, nothing to do: ${text}`);
  return [`What this amounts to: ${[translation.tool, ...words].join(' ')}`, ...accepted];
}
