import { dirname, isAbsolute, join } from 'node:path';
import type { ValueRow } from './option.ts';

/** Paths in a file are relative to the file: `-c /etc/shop/licorne.toml` means the same from everywhere. */
export function rebase(row: ValueRow, value: unknown, file: string): unknown {
  const folder = dirname(file);
  if (folder === '.') return value;
  const one = (text: unknown): unknown => {
    if (typeof text !== 'string' || text === '' || text === '-') return text;
    if (row.type === 'list' && row.items === 'bind') {
      return /^unix:[^/]/.test(text) ? `unix:${join(folder, text.slice('unix:'.length))}` : text;
    }
    if (row.type === 'list' && row.items === 'mount') {
      const dir = text.indexOf('=') + 1;
      return dir === 0 || dir === text.length || isAbsolute(text.slice(dir))
        ? text
        : `${text.slice(0, dir)}${join(folder, text.slice(dir))}`;
    }
    const looksUp = row.type === 'path' && row.command === true && !text.includes('/');
    return isAbsolute(text) || looksUp ? text : join(folder, text);
  };
  if (row.type === 'path') return one(value);
  if (row.type === 'map' && row.values === 'path') return rebaseMap(value, one);
  if (row.type !== 'list' || row.items === 'string') return value;
  return Array.isArray(value) ? value.map(one) : one(value);
}

function rebaseMap(value: unknown, one: (text: unknown) => unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, text]) => [key, one(text)]));
}
