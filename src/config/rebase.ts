import { dirname, isAbsolute, join } from 'node:path';
import type { OptionRow } from './option.ts';

/** Paths in a file are relative to the file: `-c /etc/shop/licorne.toml` means the same from everywhere. */
export function rebase(row: OptionRow, value: unknown, file: string): unknown {
  const folder = dirname(file);
  if (folder === '.') return value;
  const one = (text: unknown): unknown => {
    if (typeof text !== 'string' || text === '' || text === '-') return text;
    if (row.type === 'list' && row.items === 'bind') {
      return /^unix:[^/]/.test(text) ? `unix:${join(folder, text.slice('unix:'.length))}` : text;
    }
    const looksUp = row.type === 'path' && row.command === true && !text.includes('/');
    return isAbsolute(text) || looksUp ? text : join(folder, text);
  };
  if (row.type === 'path') return one(value);
  if (row.type !== 'list' || row.items === 'string') return value;
  return Array.isArray(value) ? value.map(one) : one(value);
}
