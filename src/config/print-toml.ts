import { OPTIONS, SECTIONS, type SettingName, settingsOf } from './options.ts';
import type { OptionRow, SettingValue } from './option.ts';
import { describeOrigin } from './origin.ts';
import type { Resolution } from './resolve.ts';
import { formatBytes, formatDuration } from './value.ts';

/**
 * The configuration as a file that means the same: what differs from the defaults or was said by somebody, each line
 * with its origin. `heading` lines come first, as comments.
 */
export function printToml(resolution: Resolution, heading: readonly string[] = []): string {
  const parts = heading.length === 0 ? [] : [heading.map(comment).join('\n')];
  for (const section of SECTIONS) {
    const said = settingsOf(section.name).filter((name) => resolution.origins.get(name)?.kind !== 'default');
    if (said.length > 0)
      parts.push([`[${section.name}]`, ...said.map((name) => line(name, resolution))].join('\n'));
  }
  return `${parts.join('\n\n')}\n`;
}

/** One value as TOML: sizes, times and permissions in the form people write. */
export function tomlValue(row: OptionRow, value: SettingValue): string {
  if (typeof value === 'string') return tomlString(value);
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number') return tomlNumber(row, value);
  if (Array.isArray(value)) return `[${value.map(tomlString).join(', ')}]`;
  const pairs = Object.entries(value as Readonly<Record<string, string>>).map(
    ([key, text]) => `${/^[A-Za-z0-9_-]+$/.test(key) ? key : tomlString(key)} = ${tomlString(text)}`,
  );
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
}

function line(name: SettingName, resolution: Resolution): string {
  const origin = resolution.origins.get(name) ?? { kind: 'default' };
  const said = `${name} = ${tomlValue(OPTIONS[name], resolution.settings[name])}`;
  return `${said.padEnd(48)}  # ${oneLine(describeOrigin(origin))}`;
}

function tomlNumber(row: OptionRow, value: number): string {
  if (row.type === 'mode') return `0o${value.toString(8)}`;
  const text =
    row.type === 'bytes'
      ? formatBytes(value)
      : row.type === 'duration'
        ? formatDuration(value)
        : String(value);
  return /^[0-9]+$/.test(text) ? text : tomlString(text);
}

function tomlString(text: string): string {
  // JSON's escapes are TOML's too, but for DEL, which TOML wants escaped.
  return JSON.stringify(text).replaceAll('\x7f', '\\u007f');
}

function comment(text: string): string {
  return text === '' ? '#' : `# ${oneLine(text)}`;
}

function oneLine(text: string): string {
  // A comment ends at a line break and may hold no other control character either.
  return text.replaceAll(/[\x00-\x1f\x7f]+/g, ' ');
}
