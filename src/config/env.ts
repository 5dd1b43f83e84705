import { diagnostic, type Diagnostic } from './diagnostic.ts';
import type { Entry } from './entry.ts';
import { VARIABLE_INSTEAD } from './instead.ts';
import { nearest } from './nearest.ts';
import { OPTIONS, SETTING_NAMES, type SettingName, variableOf } from './options.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The variable that names the configuration file, as `-c` does. */
export const CONFIG_VARIABLE = 'LICORNE_CONFIG';

/** Set by a master for the one that shall follow it; no setting. */
export const UPGRADE_VARIABLE = 'LICORNE_UPGRADE_FDS';

/** The process's environment; this is the one place that touches it. */
export function processEnvironment(): Environment {
  return process.env;
}

const SECRET_NAMES = SETTING_NAMES.filter((name) => OPTIONS[name].secret === true);

/** The environment with the secrets that are in files which it names: `LICORNE_<NAME>_FILE`. @param read the text of a file, or null. */
export function withSecretFiles(
  env: Environment,
  read: (path: string) => string | null,
): { readonly env: Environment; readonly diagnostics: readonly Diagnostic[] } {
  const found: Record<string, string> = {};
  const diagnostics: Diagnostic[] = [];
  for (const option of SECRET_NAMES) {
    const name = fileVariableOf(option);
    const path = env[name] ?? '';
    if (path === '') continue;
    const text = read(path);
    const fault =
      env[variableOf(option)] !== undefined
        ? `${variableOf(option)} and ${name} are both set`
        : text === null
          ? `${name}: the file ${path} cannot be read`
          : null;
    if (fault !== null) diagnostics.push(diagnostic('error', fault, { where: { kind: 'env', name } }));
    // Editors end a file with a line break.
    else found[variableOf(option)] = (text ?? '').replace(/\r?\n$/, '');
  }
  return { env: { ...env, ...found }, diagnostics };
}

/** An environment for others: without what is the server's own to know. */
export function withoutSecretVariables(env: Environment): Record<string, string | undefined> {
  const rest: Record<string, string | undefined> = { ...env };
  for (const name of SECRET_NAMES.flatMap((option) => [variableOf(option), fileVariableOf(option)]))
    delete rest[name];
  return rest;
}

function fileVariableOf(name: SettingName): string {
  return `${variableOf(name)}_FILE`;
}

/** What the environment says: `LICORNE_<NAME>`, else the variables other servers taught people (PORT, WEB_CONCURRENCY). */
export function readEnvironment(env: Environment): {
  entries: readonly Entry[];
  diagnostics: readonly Diagnostic[];
} {
  const entries: Entry[] = [];
  const diagnostics = misspelled(env);
  for (const name of SETTING_NAMES) {
    const own = env[variableOf(name)];
    if (own === undefined) foreign(env, name, entries, diagnostics);
    else entries.push({ name, raw: own, origin: { kind: 'env', name: variableOf(name) } });
  }
  return { entries, diagnostics };
}

function foreign(env: Environment, name: SettingName, entries: Entry[], diagnostics: Diagnostic[]): void {
  for (const variable of OPTIONS[name].foreignEnv ?? []) {
    const text = env[variable.name];
    if (text === undefined) continue;
    const origin = { kind: 'env', name: variable.name } as const;
    if (variable.pattern !== undefined && !variable.pattern.regex.test(text)) {
      const rest = { where: origin, allowed: variable.pattern.says };
      diagnostics.push(diagnostic('error', `${variable.name}=${text} cannot be used for \`${name}\``, rest));
    } else {
      const raw = variable.template === undefined ? text : variable.template.replace('%', () => text);
      entries.push({ name, raw, origin });
    }
    return;
  }
}

/** What clusters put into every container when a service is called licorne; it means nothing to us. */
const OF_A_CLUSTER = /_SERVICE_(HOST|PORT)(_\w+)?$|_PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?$/;
const CLUSTER_ADDRESS = /^(tcp|udp|sctp):\/\//;

/** Variables that look like ours and are not. */
function misspelled(env: Environment): Diagnostic[] {
  const meant = [...SETTING_NAMES.map(variableOf), CONFIG_VARIABLE];
  const known = new Set([...meant, ...SECRET_NAMES.map(fileVariableOf), UPGRADE_VARIABLE]);
  const stems = meant.map((one) => one.slice('LICORNE_'.length));
  const diagnostics: Diagnostic[] = [];
  for (const [name, value = ''] of Object.entries(env)) {
    if (!name.startsWith('LICORNE_') || known.has(name) || OF_A_CLUSTER.test(name)) continue;
    if (name.endsWith('_PORT') && CLUSTER_ADDRESS.test(value)) continue;
    const stem = name.slice('LICORNE_'.length);
    const best = nearest(stem, stems);
    const instead = VARIABLE_INSTEAD.get(stem);
    const near =
      best === null ? 'licorne config show lists the settings' : `did you mean \`LICORNE_${best}\`?`;
    diagnostics.push(
      diagnostic('warning', `${name} is not a setting`, {
        where: { kind: 'env', name },
        hint: instead ?? near,
      }),
    );
  }
  return diagnostics;
}
