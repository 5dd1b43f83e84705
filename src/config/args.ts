import { diagnostic, type Diagnostic } from './diagnostic.ts';
import { didYouMean } from './nearest.ts';
import type { Origin } from './origin.ts';

/**
 * `optional`: the value is attached (`--flag=value`, `-fvalue`) or there is none, as in getopt. `optional-word`: a word
 * that follows is the value too, unless it is a flag, as with argparse's `nargs='?'`.
 */
export interface ArgumentSpec {
  readonly takes: 'value' | 'none' | 'optional' | 'optional-word';
}

export interface FoundArgument<S> {
  readonly spec: S;
  /** The full name, also when a prefix of it was typed. */
  readonly flag: string;
  readonly value: string | null;
}

export interface ScannedArguments<S> {
  readonly found: readonly FoundArgument<S>[];
  readonly positionals: readonly string[];
  readonly faults: readonly Diagnostic[];
}

export interface ScanOptions {
  /** Whether a unique prefix stands for a long flag, as in argparse and getopt_long. */
  readonly prefixes: boolean;
  readonly origin: (flag: string) => Origin;
  /** What to write in place of options that are not in the table, stronger than the nearest one that is. */
  readonly instead?: ReadonlyMap<string, string>;
}

/**
 * Sorts a command line by a table of flags: `--flag value`, `--flag=value`, `-f value`, `-fvalue`, `-abc`, `--`.
 * Goes on after a fault, so that all of them are told at once.
 */
export function scanArguments<S extends ArgumentSpec>(
  argv: readonly string[],
  table: ReadonlyMap<string, S>,
  options: ScanOptions,
): ScannedArguments<S> {
  const scan = new Scan(argv, table, options);
  scan.run();
  return scan;
}

class Scan<S extends ArgumentSpec> implements ScannedArguments<S> {
  readonly found: FoundArgument<S>[] = [];
  readonly positionals: string[] = [];
  readonly faults: Diagnostic[] = [];
  readonly #argv: readonly string[];
  readonly #table: ReadonlyMap<string, S>;
  readonly #options: ScanOptions;
  #at = 0;

  constructor(argv: readonly string[], table: ReadonlyMap<string, S>, options: ScanOptions) {
    this.#argv = argv;
    this.#table = table;
    this.#options = options;
  }

  run(): void {
    while (this.#at < this.#argv.length) {
      const word = this.#argv[this.#at++] ?? '';
      if (word === '--') {
        this.positionals.push(...this.#argv.slice(this.#at));
        return;
      }
      if (word.startsWith('--')) this.#long(word);
      else if (word.startsWith('-') && word !== '-') this.#short(word);
      else this.positionals.push(word);
    }
  }

  #long(word: string): void {
    const equals = word.indexOf('=');
    const typed = equals < 0 ? word : word.slice(0, equals);
    const flag = this.#complete(typed);
    const spec = flag === null ? undefined : this.#table.get(flag);
    if (flag === null || spec === undefined) return;
    this.#take(flag, spec, equals < 0 ? null : word.slice(equals + 1));
  }

  #short(word: string): void {
    for (let index = 1; index < word.length; index++) {
      const flag = `-${word[index] ?? ''}`;
      const spec = this.#table.get(flag);
      if (spec === undefined) {
        const doubled = this.#instead(flag) ?? didYouMean(`-${word}`, this.#table.keys());
        this.#fault(
          flag,
          `unknown option ${index === 1 ? `\`${word}\`` : `\`${flag}\` in \`${word}\``}`,
          doubled,
        );
        return;
      }
      const rest = word.slice(index + 1);
      if (spec.takes !== 'none') {
        this.#take(flag, spec, rest === '' ? null : rest.replace(/^=/, ''));
        return;
      }
      this.found.push({ spec, flag, value: null });
    }
  }

  #take(flag: string, spec: S, attached: string | null): void {
    if (spec.takes === 'none') {
      if (attached === null) this.found.push({ spec, flag, value: null });
      else this.#fault(flag, `${flag} takes no value, but was given \`${attached}\``, null);
      return;
    }
    if (attached !== null || spec.takes === 'optional') {
      this.found.push({ spec, flag, value: attached });
      return;
    }
    const next = this.#argv[this.#at];
    if (next === undefined || this.#looksLikeFlag(next)) {
      if (spec.takes === 'value') this.#fault(flag, `${flag} needs a value`, null);
      else this.found.push({ spec, flag, value: null });
      return;
    }
    this.#at++;
    this.found.push({ spec, flag, value: next });
  }

  #looksLikeFlag(word: string): boolean {
    if (word.startsWith('--')) return true;
    return word.startsWith('-') && this.#table.has(word);
  }

  #complete(typed: string): string | null {
    if (this.#table.has(typed)) return typed;
    const longer = this.#options.prefixes
      ? [...this.#table.keys()].filter((flag) => flag.startsWith(typed))
      : [];
    const specs = new Set(longer.map((flag) => this.#table.get(flag)));
    if (specs.size === 1 && longer[0] !== undefined) return longer[0];
    if (longer.length > 1) {
      this.#fault(typed, `\`${typed}\` may mean ${longer.slice(0, 6).join(', ')}`, 'write the whole option');
    } else {
      const hint = this.#instead(typed) ?? didYouMean(typed, this.#table.keys());
      this.#fault(typed, `unknown option \`${typed}\``, hint);
    }
    return null;
  }

  #instead(flag: string): string | null {
    return this.#options.instead?.get(flag) ?? null;
  }

  #fault(flag: string, message: string, hint: string | null): void {
    this.faults.push(diagnostic('error', message, { where: this.#options.origin(flag), hint }));
  }
}
