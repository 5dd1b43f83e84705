import { diagnostic, type Diagnostic } from './diagnostic.ts';
import type { Entry } from './entry.ts';
import { nearest } from './nearest.ts';
import { OPTIONS, SETTING_NAMES, type SettingName, variableOf } from './options.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The variable that names the configuration file, as `-c` does. */
export const CONFIG_VARIABLE = 'LICORNE_CONFIG';

/** The process's environment; this is the one place that touches it. */
export function processEnvironment(): Environment {
  return process.env;
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

/**
 * Only near misses are told: clusters put variables such as LICORNE_SERVICE_HOST into every container when a service is
 * called licorne, and those mean nothing to us.
 */
function misspelled(env: Environment): Diagnostic[] {
  const known = new Set([...SETTING_NAMES.map(variableOf), CONFIG_VARIABLE]);
  const diagnostics: Diagnostic[] = [];
  for (const name of Object.keys(env)) {
    if (!name.startsWith('LICORNE_') || known.has(name)) continue;
    const stems = [...known].map((one) => one.slice('LICORNE_'.length));
    const best = nearest(name.slice('LICORNE_'.length), stems);
    if (best === null) continue;
    const hint = `did you mean \`LICORNE_${best}\`?`;
    diagnostics.push(
      diagnostic('warning', `${name} is not a setting`, { where: { kind: 'env', name }, hint }),
    );
  }
  return diagnostics;
}
