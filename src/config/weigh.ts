import { ConfigError, diagnostic, type Diagnostic } from './diagnostic.ts';
import type { Entry } from './entry.ts';
import type { SettingValue } from './option.ts';
import { DEFAULT_SETTINGS, OPTIONS, type SettingName } from './options.ts';
import type { Origin } from './origin.ts';
import { allowedOf, readValue, type Writing } from './value.ts';

/** What one source said. */
export interface Layer {
  readonly writing: Writing;
  readonly entries: readonly Entry[];
}

/** The values that won, where each came from, and the weaker sources that said something else, strongest first. */
export interface Weighed {
  readonly values: Partial<Record<SettingName, SettingValue>>;
  readonly origins: Map<SettingName, Origin>;
  readonly shadowed: Map<SettingName, readonly Origin[]>;
}

/**
 * Weighs layers, the strongest first; below them are the defaults. Values that cannot be read are told in `diagnostics`
 * under their label and count as not said.
 */
export function weigh(
  names: readonly SettingName[],
  layers: readonly Layer[],
  diagnostics: Diagnostic[],
  label: (name: SettingName) => string = (name) => name,
): Weighed {
  const weighed: Weighed = { values: {}, origins: new Map(), shadowed: new Map() };
  for (const name of names) {
    const said = layers
      .map((layer) => readLayer(name, layer, diagnostics, label(name)))
      .filter((one) => one !== null);
    weighed.values[name] = said.length === 0 ? DEFAULT_SETTINGS[name] : strongest(said);
    weighed.origins.set(name, said[0]?.origin ?? { kind: 'default' });
    const weaker = said.slice(1).map((one) => one.origin);
    if (weaker.length > 0) weighed.shadowed.set(name, weaker);
  }
  return weighed;
}

/** Lists add up, an empty one starts anew; maps are merged; of anything else the later counts. */
export function combine(earlier: SettingValue, later: SettingValue): SettingValue {
  if (Array.isArray(earlier) && Array.isArray(later))
    return later.length === 0 ? later : [...earlier, ...later];
  return isMap(earlier) && isMap(later) ? { ...earlier, ...later } : later;
}

export function isMap(value: SettingValue): value is Readonly<Record<string, string>> {
  return typeof value === 'object' && !Array.isArray(value);
}

interface Said {
  readonly value: SettingValue;
  readonly origin: Origin;
}

/** What one layer says about one setting: the last entry counts, lists and maps add up. Null when nothing usable. */
function readLayer(name: SettingName, layer: Layer, diagnostics: Diagnostic[], label: string): Said | null {
  let said: Said | null = null;
  for (const entry of layer.entries) {
    if (entry.name !== name) continue;
    const value = readEntry(entry, layer.writing, diagnostics, label);
    if (value !== null)
      said = { value: said === null ? value : combine(said.value, value), origin: entry.origin };
  }
  return said;
}

function readEntry(
  entry: Entry,
  writing: Writing,
  diagnostics: Diagnostic[],
  label: string,
): SettingValue | null {
  const row = OPTIONS[entry.name];
  try {
    return readValue(row, entry.raw, writing);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const rest = {
      where: entry.origin,
      allowed: error.allowed ?? allowedOf(row),
      hint: error.hint ?? hintFor(entry),
    };
    diagnostics.push(diagnostic('error', `\`${label}\`: ${error.message}`, rest));
    return null;
  }
}

/** A log is a path, and people switch it on. */
function hintFor(entry: Entry): string | null {
  if (entry.name !== 'access_log' || typeof entry.raw !== 'boolean') return null;
  return entry.raw ? 'write "-" for stdout, or a path' : 'write "" for none, or leave it out';
}

function strongest(said: readonly Said[]): SettingValue {
  const top = said[0]?.value ?? '';
  if (!isMap(top)) return top;
  return said.map((one) => one.value).reduceRight((weak, strong) => combine(weak, strong));
}
