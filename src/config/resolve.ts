import type { BindAddress } from './bind.ts';
import { ConfigError, diagnostic, type Diagnostic } from './diagnostic.ts';
import type { Entry } from './entry.ts';
import { type Environment, readEnvironment } from './env.ts';
import type { ParsedFlags } from './flags.ts';
import type { SettingValue } from './option.ts';
import { DEFAULT_SETTINGS, OPTIONS, SETTING_NAMES, type SettingName, type Settings } from './options.ts';
import type { Origin } from './origin.ts';
import { type ConfigFile, readToml } from './toml.ts';
import { validate } from './validate.ts';
import { allowedOf, readValue, type Writing } from './value.ts';

/** What was said, weighed: every value, where it came from, and everything wrong with any of it. */
export interface Resolution {
  readonly settings: Settings;
  readonly origins: ReadonlyMap<SettingName, Origin>;
  readonly diagnostics: readonly Diagnostic[];
  /** `settings.bind`, parsed; addresses that do not parse are in the diagnostics instead. */
  readonly binds: readonly BindAddress[];
  /** Weaker sources that said something else, strongest first; for `config explain`. */
  readonly shadowed: ReadonlyMap<SettingName, readonly Origin[]>;
}

export interface ResolveInput {
  readonly flags: ParsedFlags;
  readonly env: Environment;
  readonly file: ConfigFile | null;
  /** Stronger than the defaults, weaker than everything a person said: what was found in the project. */
  readonly base?: readonly Entry[];
}

/** Flags > environment > file > base > defaults. Pure. All faults are gathered, those of values that lost included. */
export function resolveSettings(input: ResolveInput): Resolution {
  const env = readEnvironment(input.env);
  const file = input.file === null ? { entries: [], diagnostics: [] } : readToml(input.file);
  const layers: readonly Layer[] = [
    { writing: 'text', entries: input.flags.entries },
    { writing: 'variable', entries: env.entries },
    { writing: 'typed', entries: file.entries },
    { writing: 'text', entries: input.base ?? [] },
  ];
  const diagnostics = [...file.diagnostics, ...env.diagnostics, ...input.flags.diagnostics];
  const settings: Partial<Record<SettingName, SettingValue>> = {};
  const origins = new Map<SettingName, Origin>();
  const shadowed = new Map<SettingName, readonly Origin[]>();
  for (const name of SETTING_NAMES) {
    const said = layers.map((layer) => readLayer(name, layer, diagnostics)).filter((one) => one !== null);
    settings[name] = said.length === 0 ? DEFAULT_SETTINGS[name] : strongest(said);
    origins.set(name, said[0]?.origin ?? { kind: 'default' });
    if (said.length > 1)
      shadowed.set(
        name,
        said.slice(1).map((one) => one.origin),
      );
  }
  const complete = settings as unknown as Settings;
  const validated = validate(complete, origins);
  return {
    settings: complete,
    origins,
    diagnostics: [...diagnostics, ...validated.diagnostics],
    binds: validated.binds,
    shadowed,
  };
}

interface Layer {
  readonly writing: Writing;
  readonly entries: readonly Entry[];
}

interface Said {
  readonly value: SettingValue;
  readonly origin: Origin;
}

/** What one layer says about one setting: the last entry counts, lists and maps add up. Null when nothing usable. */
function readLayer(name: SettingName, layer: Layer, diagnostics: Diagnostic[]): Said | null {
  let said: Said | null = null;
  for (const entry of layer.entries) {
    if (entry.name !== name) continue;
    const value = readEntry(entry, layer.writing, diagnostics);
    if (value !== null)
      said = { value: said === null ? value : combine(said.value, value), origin: entry.origin };
  }
  return said;
}

function readEntry(entry: Entry, writing: Writing, diagnostics: Diagnostic[]): SettingValue | null {
  const row = OPTIONS[entry.name];
  try {
    return readValue(row, entry.raw, writing);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const rest = { where: entry.origin, allowed: error.allowed ?? allowedOf(row), hint: error.hint };
    diagnostics.push(diagnostic('error', `\`${entry.name}\`: ${error.message}`, rest));
    return null;
  }
}

function combine(earlier: SettingValue, later: SettingValue): SettingValue {
  if (Array.isArray(earlier) && Array.isArray(later))
    return later.length === 0 ? later : [...earlier, ...later];
  return isMap(earlier) && isMap(later) ? { ...earlier, ...later } : later;
}

function strongest(said: readonly Said[]): SettingValue {
  const top = said[0]?.value ?? '';
  if (!isMap(top)) return top;
  return said.map((one) => one.value).reduceRight((weak, strong) => combine(weak, strong));
}

function isMap(value: SettingValue): value is Readonly<Record<string, string>> {
  return typeof value === 'object' && !Array.isArray(value);
}
