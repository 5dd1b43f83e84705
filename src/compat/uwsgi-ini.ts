import type { Row } from './effect.ts';
import type { Argument, Surroundings, Use } from './translate.ts';

/** `ini = other.ini` in a file, and so on. */
const DEPTH_MAX = 8;
/** Keys of uWSGI's configuration logic. */
const LOGIC = /^(for(-\w+)?|foreach|end-?for|if-[\w-]+|ifdef|ifopt|end-?if|end)$/;
/** Keys that only name a placeholder. */
const PLACEHOLDER = /^(set|set-ph|set-placeholder)$/;

interface Line {
  readonly key: string;
  readonly value: string;
  /** `app.ini:12`. */
  readonly place: string;
}

/** An ini file of uWSGI (`FILE` or `FILE:SECTION`), as the arguments that its lines stand for. */
export function iniArguments(
  named: { readonly value: string; readonly what: string },
  table: ReadonlyMap<string, Row>,
  around: Surroundings,
  use: Use,
): readonly Argument[] {
  return new IniReader(table, around, use).read(named.value, named.what, 0);
}

class IniReader {
  readonly #table: ReadonlyMap<string, Row>;
  readonly #around: Surroundings;
  readonly #use: Use;
  readonly #values = new Map<string, string>();
  readonly #asked = new Set<string>();

  constructor(table: ReadonlyMap<string, Row>, around: Surroundings, use: Use) {
    this.#table = table;
    this.#around = around;
    this.#use = use;
  }

  read(named: string, what: string, depth: number): readonly Argument[] {
    const { path, section } = fileAndSection(named);
    const text = this.#around.read(path);
    if (text === null || depth > DEPTH_MAX) {
      const fault = text === null ? 'cannot be read' : 'is included by itself';
      this.#use.error(`the file ${path} ${fault}`, what);
      return [];
    }
    const lines = linesOf(text, section, path);
    if (lines === null) {
      this.#use.error(`${path} has no section [${section}]`, what);
      return [];
    }
    const strict = lines.some(({ key, value }) => key === 'strict' && !isFalse(value));
    const placeholders: Line[] = [];
    const found = lines.flatMap((line) => {
      const value = this.#expand(line, path);
      if (!PLACEHOLDER.test(line.key)) this.#values.set(line.key, value);
      else this.#define(value);
      if (line.key === 'ini') return this.read(value, line.place, depth + 1);
      const option = this.#option(line, value);
      if (option === null && !PLACEHOLDER.test(line.key)) placeholders.push(line);
      return option === null ? [] : [option];
    });
    for (const line of placeholders) this.#judge(line, strict);
    return found;
  }

  /** A line as an argument; null when it is a placeholder. */
  #option({ key, place }: Line, value: string): Argument | null {
    const flag = `--${key}`;
    const row = this.#table.get(flag);
    if (row === undefined) {
      if (!LOGIC.test(key)) return null;
      this.#use.error(`\`${key}\` of uwsgi is known, but not honoured yet`, place, 'write the lines out');
      return { words: [], source: place };
    }
    if (row.takes === 'none') return { words: isFalse(value) ? [] : [flag], source: place };
    return { words: [value === '' && row.takes !== 'value' ? flag : `${flag}=${value}`], source: place };
  }

  /** What is no option is there for `%(key)`; if nobody asks for it, it may be a slip. */
  #judge({ key, place }: Line, strict: boolean): void {
    if (strict) this.#use.error(`uwsgi has no option \`${key}\`, and the file says \`strict\``, place);
    else if (!this.#asked.has(key))
      this.#use.warn(
        `uwsgi has no option \`${key}\`: it is taken for a placeholder, which nobody uses`,
        place,
      );
  }

  #define(value: string): void {
    const equals = value.indexOf('=');
    this.#values.set(value.slice(0, Math.max(0, equals)), value.slice(equals + 1));
  }

  /** `%(key)`, `$(VARIABLE)`, `@(file)`, and `%d` with its like, as far as they can be told before anything runs. */
  #expand({ value, place }: Line, path: string): string {
    const { env, cwd } = this.#around;
    const absolute = path.startsWith('/') ? path : `${cwd}/${path.replace(/^(\.\/)+/, '')}`;
    const name = absolute.slice(absolute.lastIndexOf('/') + 1);
    const magic: Readonly<Record<string, string>> = {
      p: absolute,
      d: absolute.slice(0, absolute.lastIndexOf('/') + 1),
      s: name,
      n: name.replace(/\.[^.]*$/, ''),
      e: /\.([^.]*)$/.exec(name)?.[1] ?? '',
      c: absolute.split('/').at(-2) ?? '',
      v: cwd,
      k: String(this.#around.cpus),
      '%': '%',
    };
    return value
      .replaceAll(/\$\(([^)]*)\)/g, (_whole, variable: string) => env[variable] ?? '')
      .replaceAll(/@\(([^)]*)\)/g, (_whole, file: string) => this.#contents(file, place))
      .replaceAll(/%\(([^)]*)\)/g, (whole, key: string) => {
        this.#asked.add(key);
        return this.#values.get(key) ?? whole;
      })
      .replaceAll(/%([pdsnecvk%])/g, (_whole, letter: string) => magic[letter] ?? '');
  }

  #contents(file: string, place: string): string {
    const text = this.#around.read(file);
    if (text === null) this.#use.error(`\`@(${file})\` cannot be read`, place);
    return text?.trim() ?? '';
  }
}

function fileAndSection(named: string): { path: string; section: string } {
  const colon = named.lastIndexOf(':');
  return colon < 0
    ? { path: named, section: 'uwsgi' }
    : { path: named.slice(0, colon), section: named.slice(colon + 1) };
}

/** The lines of a section; null when there is none of that name. */
function linesOf(text: string, section: string, path: string): readonly Line[] | null {
  let inside = false;
  let there = false;
  const found: Line[] = [];
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#') || line.startsWith(';')) continue;
    const header = /^\[([^\]]*)\]/.exec(line);
    if (header !== null) {
      inside = header[1]?.trim() === section;
      there ||= inside;
    } else if (inside) {
      const equals = line.indexOf('=');
      const [key, value] = equals < 0 ? [line, ''] : [line.slice(0, equals), line.slice(equals + 1)];
      found.push({ key: key.trim(), value: value.trim(), place: `${path}:${index + 1}` });
    }
  }
  return there ? found : null;
}

function isFalse(value: string): boolean {
  return /^(false|off|no|0)$/i.test(value);
}
