import { ConfigError } from './diagnostic.ts';
import type { SettingValue, ValueRow } from './option.ts';
import { isNotShown, NOT_SHOWN } from './secrets.ts';

/** How a raw value was written: text of flags and variables is looser than the typed values of a file. */
export type Writing = 'text' | 'variable' | 'typed';

const BYTE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
};
const TIME_UNITS: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400, '': 1 };

/** What a duration is that was said to be off. */
const OFF = -1;

const LIST_WORDS = {
  string: 'a list of text',
  path: 'a list of paths',
  bind: 'a list of addresses',
  mount: 'a list of URL=DIR, such as /static=assets',
} as const;

/** Reads one raw value as the row's type, range checked. Throws ConfigError. `writing` says where lists and maps are split. */
export function readValue(row: ValueRow, raw: unknown, writing: Writing): SettingValue {
  switch (row.type) {
    case 'string':
    case 'path':
      return readText(raw);
    case 'choice':
      return readChoice(row.choices, raw);
    case 'boolean':
      return readBoolean(raw);
    case 'integer-or-auto':
      return raw === 'auto' ? 'auto' : inRange(row, readInteger(raw, allowedOf(row)));
    case 'integer':
      return inRange(row, readInteger(raw, allowedOf(row)));
    case 'mode':
      return readMode(raw);
    case 'bytes':
      return inRange(row, readBytes(raw, allowedOf(row)));
    case 'duration':
      if (row.off === true && (raw === 'off' || raw === false)) return OFF;
      return inRange(row, readDuration(raw, allowedOf(row)));
    case 'list':
      return readList(raw, writing === 'variable' || (writing === 'text' && row.commas));
    case 'map':
      return readMap(raw, writing);
  }
}

/** Text without NUL characters. Throws ConfigError. */
export function readText(raw: unknown): string {
  if (typeof raw !== 'string') throw new ConfigError(`${show(raw)} is not text`, 'text in quotes');
  if (raw.includes('\0')) throw new ConfigError('a NUL character in a value');
  checkShown(raw);
  return raw;
}

/** What a row takes, in words: `a whole number from 1 to 1024`. */
export function allowedOf(row: ValueRow): string {
  switch (row.type) {
    case 'string':
      return 'text';
    case 'path':
      return 'a path';
    case 'choice':
      return oneOf(row.choices);
    case 'boolean':
      return 'true or false';
    case 'mode':
      return 'octal permissions from 0 to 0o777, such as 0o660';
    case 'integer':
      return `a whole number${rangeWords(row, String)}`;
    case 'integer-or-auto':
      return `auto, or a whole number${rangeWords(row, String)}`;
    case 'bytes':
      return `a size such as 65536, 64k, 10m or 1g${rangeWords(row, formatBytes)}`;
    case 'duration':
      return `${row.off === true ? 'off, or ' : ''}a time such as 30, 500ms, 2m or 1h${rangeWords(row, formatDuration)}`;
    case 'list':
      return LIST_WORDS[row.items];
    case 'map':
      return 'KEY=VALUE pairs';
  }
}

/** A size in its shortest exact form: `64k`, `1g`, `8190`. */
export function formatBytes(bytes: number): string {
  for (const unit of ['t', 'g', 'm', 'k']) {
    const size = BYTE_UNITS[unit] ?? 1;
    if (bytes >= size && bytes % size === 0) return `${bytes / size}${unit}`;
  }
  return String(bytes);
}

/** Seconds in their shortest exact form: `30s`, `2m`, `500ms`, `0`; `off` what is off. */
export function formatDuration(seconds: number): string {
  if (seconds === OFF) return 'off';
  if (seconds === 0) return '0';
  for (const unit of ['d', 'h', 'm']) {
    const size = TIME_UNITS[unit] ?? 1;
    if (seconds > size && seconds % size === 0) return `${seconds / size}${unit}`;
  }
  return Number.isInteger(seconds) ? `${seconds}s` : `${seconds * 1000}ms`;
}

function readChoice(choices: readonly string[], raw: unknown): string {
  if (typeof raw === 'string' && choices.includes(raw)) return raw;
  // Whoever may say on and off may say true and false.
  if (typeof raw === 'boolean' && choices.includes(raw ? 'on' : 'off')) return raw ? 'on' : 'off';
  const folded = typeof raw === 'string' ? raw.toLowerCase() : '';
  if (choices.includes(folded)) return folded;
  throw new ConfigError(`${show(raw)} is not one of the choices`, oneOf(choices));
}

function readBoolean(raw: unknown): boolean {
  if (typeof raw === 'boolean') return raw;
  const text = typeof raw === 'string' ? raw.toLowerCase() : '';
  if (['true', '1', 'yes', 'on'].includes(text)) return true;
  if (['false', '0', 'no', 'off'].includes(text)) return false;
  throw new ConfigError(`${show(raw)} is neither true nor false`, 'true or false');
}

function readInteger(raw: unknown, allowed: string): number {
  if (typeof raw === 'number' && Number.isSafeInteger(raw)) return raw;
  if (typeof raw === 'string' && /^[+-]?[0-9]{1,15}$/.test(raw.trim())) return Number(raw);
  throw new ConfigError(`${show(raw)} is not a whole number`, allowed);
}

function readMode(raw: unknown): number {
  const allowed = 'octal permissions from 0 to 0o777, such as 0o660 or "660"';
  if (typeof raw === 'number') {
    if (Number.isInteger(raw) && raw >= 0 && raw <= 0o777) return raw;
    const hint = /^[0-7]{3,4}$/.test(String(raw))
      ? `write 0o${raw}: a file reads ${raw} as a decimal number`
      : null;
    throw new ConfigError(`${raw} is not a set of permissions`, allowed, hint);
  }
  const digits = typeof raw === 'string' ? /^(?:0o?)?([0-7]{1,3})$/.exec(raw.trim()) : null;
  if (digits === null) throw new ConfigError(`${show(raw)} is not a set of permissions`, allowed);
  return Number.parseInt(digits[1] ?? '', 8);
}

function readBytes(raw: unknown, allowed: string): number {
  if (typeof raw === 'number' && Number.isSafeInteger(raw)) return raw;
  const match =
    typeof raw === 'string' ? /^([0-9]{1,15}(?:\.[0-9]{1,6})?) ?([kmgt]?)(?:i?b)?$/i.exec(raw.trim()) : null;
  const bytes =
    match === null ? Number.NaN : Number(match[1]) * (BYTE_UNITS[(match[2] ?? '').toLowerCase()] ?? 1);
  if (!Number.isSafeInteger(bytes)) throw new ConfigError(`${show(raw)} is not a size in bytes`, allowed);
  return bytes;
}

function readDuration(raw: unknown, allowed: string): number {
  if (typeof raw === 'number' && Number.isFinite(raw)) return raw;
  const match =
    typeof raw === 'string' ? /^([0-9]{1,12}(?:\.[0-9]{1,9})?) ?(ms|s|m|h|d|)$/i.exec(raw.trim()) : null;
  if (match === null) throw new ConfigError(`${show(raw)} is not a time`, allowed);
  const unit = (match[2] ?? '').toLowerCase();
  // Dividing keeps 1 ms exactly 0.001 where multiplying by 0.001 would not.
  return unit === 'ms' ? Number(match[1]) / 1000 : Number(match[1]) * (TIME_UNITS[unit] ?? 1);
}

function readList(raw: unknown, splitCommas: boolean): readonly string[] {
  if (typeof raw === 'string') {
    const parts = splitCommas ? raw.split(',') : [raw];
    return parts.map((part) => readText(part).trim()).filter((part) => part !== '');
  }
  if (!Array.isArray(raw)) throw new ConfigError(`${show(raw)} is not a list`, 'a list of text');
  return raw.map((item) => readText(item));
}

function readMap(raw: unknown, writing: Writing): Readonly<Record<string, string>> {
  const map: Record<string, string> = {};
  if (typeof raw === 'string') {
    // Values may hold commas and spaces, so a variable with several pairs has one per line.
    const pairs = writing === 'variable' ? raw.split('\n').filter((line) => line.trim() !== '') : [raw];
    for (const pair of pairs) {
      const equals = pair.indexOf('=');
      if (equals < 1) throw new ConfigError(`${show(pair)} has no key and value`, 'KEY=VALUE');
      setPair(map, pair.slice(0, equals).trim(), pair.slice(equals + 1));
    }
    return map;
  }
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) {
    throw new ConfigError(`${show(raw)} is not a table`, 'a table of KEY = "VALUE"');
  }
  for (const [key, value] of Object.entries(raw)) {
    if (typeof value !== 'string')
      throw new ConfigError(`${key} = ${show(value)} is not text`, 'text in quotes');
    setPair(map, key, value);
  }
  return map;
}

function setPair(map: Record<string, string>, key: string, value: string): void {
  if (key === '' || /[=\0\s]/.test(key) || value.includes('\0')) {
    throw new ConfigError(`${show(key)} cannot be a key`, 'a name without spaces or `=`');
  }
  checkShown(value);
  // defineProperty, not assignment: `__proto__` is a name like any other here.
  Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
}

/** Somebody has taken it from where it was shown, and would be guarded by a secret that everybody knows. */
function checkShown(text: string): void {
  if (isNotShown(text))
    throw new ConfigError(
      `\`${NOT_SHOWN}\` stands for a secret that was not shown`,
      null,
      'write the secret itself',
    );
}

function inRange(row: ValueRow & { min?: number; max?: number }, value: number): number {
  if (value < (row.min ?? Number.NEGATIVE_INFINITY))
    throw new ConfigError(`${value} is too small`, allowedOf(row));
  if (value > (row.max ?? Number.POSITIVE_INFINITY))
    throw new ConfigError(`${value} is too large`, allowedOf(row));
  return value;
}

function rangeWords(row: { min?: number; max?: number }, format: (value: number) => string): string {
  const max = row.max === Number.MAX_SAFE_INTEGER ? undefined : row.max;
  if (row.min !== undefined && max !== undefined) return ` from ${format(row.min)} to ${format(max)}`;
  if (row.min !== undefined) return `, at least ${format(row.min)}`;
  return max === undefined ? '' : `, at most ${format(max)}`;
}

function oneOf(choices: readonly string[]): string {
  return choices.length < 2
    ? choices.join('')
    : `${choices.slice(0, -1).join(', ')} or ${choices[choices.length - 1] ?? ''}`;
}

function show(raw: unknown): string {
  if (typeof raw === 'string') return `\`${raw}\``;
  if (Array.isArray(raw)) return 'a list';
  if (raw instanceof Date) return 'a date';
  return typeof raw === 'object' && raw !== null ? 'a table' : String(raw);
}
