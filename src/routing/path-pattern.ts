import { createRequire } from 'node:module';
import type { RE2JS } from 're2js';

/** Longest pattern that is taken, characters. */
const PATTERN_CHARS_MAX = 1000;

/** What a pattern found in a path: groups by number (0: all that fits) and by name. What did not take part is empty. */
export interface Captures {
  readonly numbered: readonly string[];
  readonly named: Readonly<Record<string, string>>;
}

/** It is no regular expression, or not one that is taken; the message says what is wrong. */
export class PatternError extends Error {
  override readonly name = 'PatternError';
}

/**
 * A regular expression for paths, in the syntax of RE2: without references back and lookaround, so that no path can keep it busy for long. The
 * time it takes grows with the length of the path and nothing else.
 */
export class PathPattern {
  readonly source: string;
  readonly #compiled: RE2JS;

  /** Throws PatternError. */
  constructor(source: string) {
    this.source = source;
    if (source.length > PATTERN_CHARS_MAX)
      throw new PatternError(`it is longer than ${PATTERN_CHARS_MAX} characters`);
    try {
      const { RE2JS: Pattern } = library();
      // A line break in a path is a character like any other.
      this.#compiled = Pattern.compile(source, Pattern.DOTALL);
    } catch (error) {
      throw new PatternError(wordsOf(error));
    }
  }

  /** How many groups it has. */
  get groups(): number {
    return this.#compiled.groupCount();
  }

  get names(): readonly string[] {
    return Object.keys(this.#compiled.namedGroups());
  }

  /** Whether it is found in a path, anywhere unless `^` or `$` says otherwise. `path`: one character for each byte. */
  fits(path: string): boolean {
    return this.#compiled.test(textOf(path));
  }

  /** Null: it does not fit. */
  captures(path: string): Captures | null {
    const matcher = this.#compiled.matcher(textOf(path));
    if (!matcher.find()) return null;
    const group = (which: number | string): string => matcher.group(which) ?? '';
    const numbered = Array.from({ length: this.groups + 1 }, (_, number) => group(number));
    const named = Object.fromEntries(this.names.map((name) => [name, group(name)]));
    return { numbered, named };
  }
}

/** The beginning that all paths have which it fits, where that is all it asks for: of `^/old/` and `^/old/.*` it is `/old/`. Null: it asks for more. */
export function whollyPrefix(source: string): string | null {
  const literal = /^\^((?:[A-Za-z0-9/_~%:@=&,;!-]|\\[^A-Za-z0-9])*)(?:\(?\.\*\)?)?\$?$/.exec(source);
  const prefix = literal?.[1];
  if (prefix === undefined) return /^(?:\^?\(?\.\*\)?\$?)?$/.test(source) ? '' : null;
  if (source.endsWith('$') && !/\.\*\)?\$$/.test(source)) return null;
  return prefix.replace(/\\(.)/g, '$1');
}

/** Paths are bytes; patterns are about characters. What is no UTF-8 becomes U+FFFD, which nothing but a dot fits. */
function textOf(path: string): string {
  return /[\x80-\xff]/.test(path) ? Buffer.from(path, 'latin1').toString('utf8') : path;
}

function wordsOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^error parsing regexp: /, '');
}

/** Large, and wanted by few: loaded when the first pattern is compiled. */
function library(): { readonly RE2JS: typeof RE2JS } {
  return createRequire(import.meta.url)('re2js') as { readonly RE2JS: typeof RE2JS };
}
