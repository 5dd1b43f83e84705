import type { Environment } from './env.ts';

/** The variables of an environment file, and the numbers of the lines that are none. */
export interface Dotenv {
  readonly values: ReadonlyMap<string, string>;
  readonly faults: readonly number[];
}

const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  v: '\v',
  a: '\x07',
};
const KEY = /[ \t]*(?:export[ \t]+)?(?:'([^'\n]+)'|([^\s=#'][^\s=#]*))[ \t]*/y;
const SINGLE = /'((?:[^'\\]|\\[^])*)'/y;
const DOUBLE = /"((?:[^"\\]|\\[^])*)"/y;
const BARE = /[^\n]*/y;
const REST = /[ \t]*(?:#[^\n]*)?(?=\n|$)/y;
const REFERENCE = /\$\{([^}:\n]*)(?::-([^}\n]*))?\}/g;

/**
 * Reads the grammar of python-dotenv: `KEY=VALUE`, `export KEY=VALUE`, comments, values in single quotes (`\'` and `\\`
 * only) or double quotes (escapes), which may hold line breaks, `${NAME}` and `${NAME:-default}`. A key without `=` says
 * nothing. `env` is what references see when the file does not set the name before.
 */
export function parseDotenv(text: string, env: Environment): Dotenv {
  const source = text.replace(/^\ufeff/, '').replaceAll(/\r\n?/g, '\n');
  const values = new Map<string, string>();
  const faults: number[] = [];
  let at = 0;
  while (at < source.length) {
    const end = endOfLine(source, at);
    if (/^[ \t]*(#|$)/.test(source.slice(at, end))) {
      at = end + 1;
      continue;
    }
    const pair = readPair(source, at);
    if (pair === null) {
      faults.push(source.slice(0, at).split('\n').length);
      at = end + 1;
      continue;
    }
    if (pair.value !== null)
      values.set(
        pair.key,
        expand(pair.value, (name) => env[name] ?? values.get(name)),
      );
    at = pair.end + 1;
  }
  return { values, faults };
}

function readPair(source: string, at: number): { key: string; value: string | null; end: number } | null {
  const key = match(KEY, source, at);
  if (key === null) return null;
  const name = key[1] ?? key[2] ?? '';
  let next = at + key[0].length;
  if (source[next] !== '=') {
    const rest = match(REST, source, next);
    return rest === null ? null : { key: name, value: null, end: next + rest[0].length };
  }
  next += 1 + (match(/[ \t]*/y, source, next + 1)?.[0].length ?? 0);
  const quote = source[next];
  if (quote !== "'" && quote !== '"') {
    const bare = match(BARE, source, next)?.[0] ?? '';
    return { key: name, value: bare.replace(/\s+#.*/, '').trimEnd(), end: next + bare.length };
  }
  const quoted = match(quote === "'" ? SINGLE : DOUBLE, source, next);
  if (quoted === null) return null;
  next += quoted[0].length;
  const rest = match(REST, source, next);
  return rest === null
    ? null
    : { key: name, value: unescaped(quoted[1] ?? '', quote), end: next + rest[0].length };
}

function unescaped(text: string, quote: string): string {
  if (quote === "'") return text.replaceAll(/\\([\\'])/g, '$1');
  return text.replaceAll(/\\([\\'"abfnrtv])/g, (_, char: string) => ESCAPES[char] ?? char);
}

function expand(text: string, lookUp: (name: string) => string | undefined): string {
  return text.replaceAll(REFERENCE, (_, name: string, standard?: string) => lookUp(name) ?? standard ?? '');
}

function match(pattern: RegExp, source: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(source);
}

function endOfLine(source: string, at: number): number {
  const end = source.indexOf('\n', at);
  return end < 0 ? source.length : end;
}
