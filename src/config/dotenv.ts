import type { Environment } from './env.ts';

/** The variables of an environment file, and the numbers of the lines that are none. */
export interface Dotenv {
  readonly values: ReadonlyMap<string, string>;
  readonly faults: readonly number[];
  /** Values that no process can be given: not among `values`. */
  readonly impossible: readonly { readonly line: number; readonly name: string; readonly why: string }[];
}

/** Linux takes no longer one, name included (MAX_ARG_STRLEN). */
const VARIABLE_BYTES_MAX = 131_072;

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
const REFERENCE = /\$\{([^}:\n]{0,256})(?::-([^}\n]*))?\}/g;

/**
 * Reads the grammar of python-dotenv: `KEY=VALUE`, `export KEY=VALUE`, comments, values in single quotes (`\'` and `\\`
 * only) or double quotes (escapes), which may hold line breaks, `${NAME}` and `${NAME:-default}`. A key without `=` says
 * nothing. `env` is what references see when the file does not set the name before.
 */
export function parseDotenv(text: string, env: Environment): Dotenv {
  const source = text.replace(/^\ufeff/, '').replaceAll(/\r\n?/g, '\n');
  const values = new Map<string, string>();
  const faults: number[] = [];
  const impossible: { line: number; name: string; why: string }[] = [];
  // Lines are counted on the way: counting from the beginning for each fault would take the square of the file's length.
  let [at, counted, lines] = [0, 0, 1];
  const lineAt = (place: number): number => {
    for (
      let next = source.indexOf('\n', counted);
      next >= 0 && next < place;
      next = source.indexOf('\n', counted)
    ) {
      lines += 1;
      counted = next + 1;
    }
    return lines;
  };
  while (at < source.length) {
    const end = endOfLine(source, at);
    if (/^[ \t]*(#|$)/.test(source.slice(at, end))) {
      at = end + 1;
      continue;
    }
    const pair = readPair(source, at);
    if (pair === null) {
      faults.push(lineAt(at));
      at = end + 1;
      continue;
    }
    if (pair.value !== null) {
      const value = expand(pair.value, (name) => env[name] ?? values.get(name));
      const why = whyImpossible(pair.key, value);
      if (why === null) values.set(pair.key, value ?? '');
      else impossible.push({ line: lineAt(at), name: pair.key, why });
    }
    at = pair.end + 1;
  }
  return { values, faults, impossible };
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
    return { key: name, value: bare.replace(/(?<!\s)\s+#.*/, '').trimEnd(), end: next + bare.length };
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

/** Null: it becomes longer than a variable may be. A line is looked at up to its last brace, so that braces that are missing cost nothing. */
function expand(text: string, lookUp: (name: string) => string | undefined): string | null {
  let length = text.length;
  const lines = text.split('\n').map((line) => {
    const end = line.lastIndexOf('}') + 1;
    const whole = line.slice(0, end).replaceAll(REFERENCE, (_, name: string, standard?: string) => {
      const value = lookUp(name) ?? standard ?? '';
      length += value.length;
      return length > VARIABLE_BYTES_MAX ? '' : value;
    });
    return whole + line.slice(end);
  });
  return length > VARIABLE_BYTES_MAX ? null : lines.join('\n');
}

function whyImpossible(name: string, value: string | null): string | null {
  if (value === null || Buffer.byteLength(name) + Buffer.byteLength(value) + 2 > VARIABLE_BYTES_MAX)
    return `its value is longer than a variable can be (${VARIABLE_BYTES_MAX} bytes)`;
  return value.includes('\0') || name.includes('\0') ? 'it holds a NUL, which no variable can' : null;
}

function match(pattern: RegExp, source: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(source);
}

function endOfLine(source: string, at: number): number {
  const end = source.indexOf('\n', at);
  return end < 0 ? source.length : end;
}
