// The project's own source files and what they import, for the tests that keep the house in order.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { root } from '../../helpers/paths.ts';

export interface SourceFile {
  /** Relative to the checkout, with slashes. */
  path: string;
  text: string;
  /** Relative imports that exist when the program runs; `import type` is not one. */
  imports: string[];
  /** All relative imports. */
  allImports: string[];
}

/** Every file below `folder` that ends in `.ts`. */
export function sources(folder: string): SourceFile[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => join(folder, name))
    .sort()
    .map(read);
}

function read(path: string): SourceFile {
  const text = readFileSync(join(root, path), 'utf8');
  const found = [...text.matchAll(/^(?:import|export)\s+(type\s)?[^;]*?from '(\.[^']+)';/gm)];
  const lazy = [...text.matchAll(/\bimport\('(\.[^']+)'\)/g)].map((match) => match[1] ?? '');
  const target = (specifier: string) => relative(root, join(root, dirname(path), specifier));
  return {
    path,
    text,
    imports: found.filter((match) => match[1] === undefined).map((match) => target(match[2] ?? '')),
    allImports: [...found.map((match) => match[2] ?? ''), ...lazy].map(target),
  };
}

/** `src/http/date.ts` is in the room `http`. */
export function roomOf(path: string): string {
  return path.split('/')[1] ?? '';
}
