import { dirname, isAbsolute, join } from 'node:path';
import { type AST, getStaticTOMLValue, parseTOML } from 'toml-eslint-parser';
import { diagnostic, type Diagnostic } from './diagnostic.ts';
import type { Entry } from './entry.ts';
import { didYouMean } from './nearest.ts';
import type { OptionRow } from './option.ts';
import { isSettingName, OPTIONS, SECTIONS, SETTING_NAMES, settingsOf } from './options.ts';
import type { Origin } from './origin.ts';

export interface ConfigFile {
  /** As people name it; relative paths inside the file are relative to its folder. */
  readonly path: string;
  readonly text: string;
}

/** Tables that will mean something one day; using them now must not pass in silence. */
const FUTURE_SECTIONS = new Set(['site']);

/** Reads a configuration file: one entry per key, and every unknown section and key with its place. */
export function readToml(file: ConfigFile): {
  entries: readonly Entry[];
  diagnostics: readonly Diagnostic[];
} {
  const reader = new TomlReader(file.path);
  let program: AST.TOMLProgram;
  try {
    program = parseTOML(file.text, { tomlVersion: '1.0.0' });
  } catch (error) {
    return { entries: [], diagnostics: [syntaxFault(file.path, error)] };
  }
  for (const node of program.body[0].body) {
    if (node.type === 'TOMLTable') reader.table(node);
    else reader.pair([], node);
  }
  return reader;
}

class TomlReader {
  readonly entries: Entry[] = [];
  readonly diagnostics: Diagnostic[] = [];
  readonly #path: string;
  readonly #toldSections = new Set<string>();

  constructor(path: string) {
    this.#path = path;
  }

  table(node: AST.TOMLTable): void {
    const prefix = node.resolvedKey.filter((part) => typeof part === 'string');
    const section = prefix[0] ?? '';
    if (!this.#knownSection(section, node.key)) return;
    if (node.kind === 'array') {
      this.#fault(node.key, `[[${prefix.join('.')}]] cannot be a list`, `write [${prefix.join('.')}]`);
      return;
    }
    for (const pair of node.body) this.pair(prefix, pair);
  }

  pair(prefix: readonly string[], node: AST.TOMLKeyValue): void {
    const path = [...prefix, ...node.key.keys.map((key) => (key.type === 'TOMLBare' ? key.name : key.value))];
    const [first = '', key = '', ...deeper] = path;
    if (path.length === 1) return this.#topLevel(first, node);
    if (!this.#knownSection(first, node.key)) return;
    if (!isSettingName(key) || OPTIONS[key].section !== first) return this.#unknownKey(first, key, node.key);
    const row = OPTIONS[key];
    if (deeper.length > 1 || (deeper.length === 1 && row.type !== 'map')) {
      return this.#fault(node.key, `\`${key}\` in [${first}] is not a table`, null);
    }
    const value = getStaticTOMLValue(node.value);
    const raw = deeper[0] === undefined ? rebase(row, value, this.#path) : { [deeper[0]]: value };
    this.entries.push({ name: key, raw, origin: this.#origin(node.value) });
  }

  #topLevel(name: string, node: AST.TOMLKeyValue): void {
    if (isSettingName(name)) {
      return this.#fault(
        node.key,
        `\`${name}\` stands outside its table`,
        `put it under [${OPTIONS[name].section}]`,
      );
    }
    if (!this.#knownSection(name, node.key)) return;
    if (node.value.type !== 'TOMLInlineTable')
      return this.#fault(node.key, `\`${name}\` is a table`, `write [${name}]`);
    for (const pair of node.value.body) this.pair([name], pair);
  }

  #knownSection(name: string, key: AST.TOMLKey): boolean {
    if (SECTIONS.some((section) => section.name === name)) return true;
    if (this.#toldSections.has(name)) return false;
    this.#toldSections.add(name);
    if (FUTURE_SECTIONS.has(name)) {
      this.#fault(key, `[[${name}]] is known, but not honoured in this version yet`, 'remove it');
    } else {
      const names = SECTIONS.map((section) => section.name);
      const allowed = names.map((one) => `[${one}]`).join(' ');
      this.#fault(key, `unknown section [${name}]`, didYouMean(name, names), allowed);
    }
    return false;
  }

  #unknownKey(section: string, key: string, at: AST.TOMLKey): void {
    if (isSettingName(key)) {
      return this.#fault(
        at,
        `\`${key}\` is not a key of [${section}]`,
        `put it under [${OPTIONS[key].section}]`,
      );
    }
    const own = settingsOf(SECTIONS.find((one) => one.name === section)?.name ?? 'app');
    const near = didYouMean(key, own) ?? elsewhere(key);
    this.#fault(at, `unknown key \`${key}\` in [${section}]`, near);
  }

  #fault(at: AST.TOMLNode, message: string, hint: string | null, allowed: string | null = null): void {
    this.diagnostics.push(diagnostic('error', message, { where: this.#origin(at), hint, allowed }));
  }

  #origin(at: AST.TOMLNode): Origin {
    return { kind: 'file', path: this.#path, line: at.loc.start.line, column: at.loc.start.column + 1 };
  }
}

function elsewhere(key: string): string | null {
  const hint = didYouMean(key, SETTING_NAMES);
  const name = hint === null ? '' : (/`(.*)`/.exec(hint)?.[1] ?? '');
  return isSettingName(name) ? `did you mean \`${name}\` in [${OPTIONS[name].section}]?` : null;
}

/** Paths in a file are relative to the file: `-c /etc/shop/licorne.toml` means the same from everywhere. */
function rebase(row: OptionRow, value: unknown, file: string): unknown {
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

function syntaxFault(path: string, error: unknown): Diagnostic {
  const fault = error as { message?: string; lineNumber?: number; column?: number };
  const where: Origin = { kind: 'file', path, line: fault.lineNumber ?? 1, column: (fault.column ?? 0) + 1 };
  return diagnostic('error', `this is not TOML: ${fault.message ?? 'unreadable'}`, { where });
}
