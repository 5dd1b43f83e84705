import type { Row } from './effect.ts';
import type { PythonSettings, PythonValue } from './python-settings.ts';
import type { Use } from './translate.ts';

/** Numbers that people write in octal. */
const OCTAL = new Set(['umask', 'control_socket_mode']);
/** Flags that say the opposite of the setting. */
const NEGATIVE = new Set(['sendfile']);

/** What a gunicorn.conf.py sets, as if each setting were a flag of the command line. */
export function applyGunicornFile(said: PythonSettings, rows: readonly Row[], use: Use): void {
  if ('error' in said) {
    use.error(said.error.title, null, said.error.where === '' ? null : said.error.where);
    return;
  }
  const name = said.file.slice(said.file.lastIndexOf('/') + 1);
  for (const { message } of said.faults) use.error(message, name);
  for (const row of rows) {
    const { setting } = row;
    const value = setting === undefined ? undefined : said.settings[setting];
    if (setting === undefined || value === undefined) continue;
    for (const text of texts(row, setting, value))
      use.apply(row.effect, { spec: row, flag: setting, value: text }, name);
  }
  hooks(said.hooks, said.file, rows, use, name);
}

function hooks(found: readonly string[], file: string, rows: readonly Row[], use: Use, source: string): void {
  const served: string[] = [];
  for (const hook of found) {
    const row = rows.find((one) => one.setting === hook);
    if (row === undefined) continue;
    if (row.effect.kind === 'keep') served.push(hook);
    else use.apply(row.effect, { spec: row, flag: hook, value: null }, source);
  }
  if (served.length > 0) use.set('hooks', file, served.join(', '), source);
}

/** The value as it would be typed, an item of a list after the other; none when it asks for nothing. Null: a flag without a value. */
function texts(row: Row, setting: string, value: PythonValue): readonly (string | null)[] {
  if (typeof value === 'boolean') {
    if (value === NEGATIVE.has(setting)) return [];
    return [row.takes === 'none' || row.takes === 'optional-word' ? null : String(value)];
  }
  if (typeof value === 'number') return [OCTAL.has(setting) ? `0${value.toString(8)}` : String(value)];
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (Array.isArray(value))
    return (value as readonly PythonValue[]).flatMap((item) => texts(row, setting, item));
  const text = JSON.stringify(value);
  return text === '{}' ? [] : [text];
}
