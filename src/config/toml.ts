import { type AST, getStaticTOMLValue, parseTOML } from 'toml-eslint-parser';
import { type AppTable, checkAppName } from './apps.ts';
import { ConfigError, diagnostic, type Diagnostic } from './diagnostic.ts';
import type { Entry } from './entry.ts';
import { didYouMean } from './nearest.ts';
import type { Section } from './option.ts';
import { isSettingName, OPTIONS, SECTIONS, SETTING_NAMES, type SettingName, settingsOf } from './options.ts';
import type { Origin } from './origin.ts';
import { rebase } from './rebase.ts';
import type { SiteTable } from './site-table.ts';
import { NamedTables } from './toml-named.ts';
import { SERVICE_KEYS, type ServiceKey } from './service-keys.ts';
import { checkServiceName, type ServiceTable } from './service.ts';
import { SiteReader, type TomlPath } from './toml-site.ts';
import { UPSTREAM_KEYS, type UpstreamKey } from './upstream-keys.ts';
import { UPSTREAM_WORDS } from './upstream-words.ts';
import { checkUpstreamName, type UpstreamTable } from './upstream.ts';

export interface ConfigFile {
  /** As people name it; relative paths inside the file are relative to its folder. */
  readonly path: string;
  readonly text: string;
}

/** What a file says: the settings, the applications besides the main one, the sites, and what is wrong. */
export interface FileContent {
  readonly entries: readonly Entry[];
  readonly apps: readonly AppTable[];
  readonly sites: readonly SiteTable[];
  readonly upstreams: readonly UpstreamTable[];
  readonly services: readonly ServiceTable[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads a configuration file: one entry per key, and every unknown section and key with its place. */
export function readToml(file: ConfigFile): FileContent {
  const reader = new TomlReader(file.path);
  let program: AST.TOMLProgram;
  try {
    program = parseTOML(file.text, { tomlVersion: '1.0.0' });
  } catch (error) {
    return {
      entries: [],
      apps: [],
      sites: [],
      upstreams: [],
      services: [],
      diagnostics: [syntaxFault(file.path, file.text, error)],
    };
  }
  for (const node of program.body[0].body) {
    if (node.type === 'TOMLTable') reader.table(node);
    else reader.pair([], node);
  }
  return reader;
}

interface AppDraft extends AppTable {
  readonly entries: Entry[];
}

class TomlReader implements FileContent {
  readonly entries: Entry[] = [];
  readonly apps: AppDraft[] = [];
  readonly diagnostics: Diagnostic[] = [];
  readonly #path: string;
  readonly #site: SiteReader;
  readonly #upstreams: NamedTables<UpstreamKey>;
  readonly #services: NamedTables<ServiceKey>;
  readonly #told = new Set<string>();

  constructor(path: string) {
    this.#path = path;
    const origin = (at: AST.TOMLNode): Origin => this.#origin(at);
    this.#site = new SiteReader(path, origin, this.diagnostics);
    const common = { file: path, origin, diagnostics: this.diagnostics };
    this.#upstreams = new NamedTables({
      section: 'upstreams',
      rows: UPSTREAM_KEYS,
      checkName: checkUpstreamName,
      instead: UPSTREAM_WORDS,
      ...common,
    });
    this.#services = new NamedTables({
      section: 'services',
      rows: SERVICE_KEYS,
      checkName: checkServiceName,
      instead: SERVICE_WORDS,
      ...common,
    });
  }

  get sites(): readonly SiteTable[] {
    return this.#site.sites;
  }

  get upstreams(): readonly UpstreamTable[] {
    return this.#upstreams.tables;
  }

  get services(): readonly ServiceTable[] {
    return this.#services.tables;
  }

  table(node: AST.TOMLTable): void {
    const [first = '', ...rest] = node.resolvedKey;
    if (first === 'site') this.#site.table(rest, node.kind === 'array', node.key);
    else if (node.kind === 'array') return this.#notAList(node);
    else if (first === 'apps') this.#appTable(rest, node.key);
    else if (first === 'upstreams') this.#upstreams.table(rest.map(String), node.key);
    else if (first === 'services') this.#services.table(rest.map(String), node.key);
    else if (!this.#knownSection(String(first), node.key)) return;
    for (const pair of node.body) this.pair(node.resolvedKey, pair);
  }

  pair(prefix: TomlPath, node: AST.TOMLKeyValue): void {
    const keys = node.key.keys.map((key) => (key.type === 'TOMLBare' ? key.name : key.value));
    const path = [...prefix, ...keys];
    if (path[0] === 'site') this.#site.value(path.slice(1), node.key, node.value);
    else if (path[0] === 'apps') this.#appValue(path.map(String), node);
    else if (path[0] === 'upstreams') this.#upstreams.value(path.slice(1).map(String), node.key, node.value);
    else if (path[0] === 'services') this.#services.value(path.slice(1).map(String), node.key, node.value);
    else this.#sectionValue(path.map(String), node);
  }

  #sectionValue(path: readonly string[], node: AST.TOMLKeyValue): void {
    const [first = '', key = '', ...deeper] = path;
    if (path.length === 1) return this.#topLevel(first, node);
    if (!this.#knownSection(first, node.key)) return;
    if (isSettingName(key) && OPTIONS[key].section === first)
      this.#entry(this.entries, first, key, deeper, node);
    else this.#unknownKey(first, first, key, node.key);
  }

  #topLevel(name: string, node: AST.TOMLKeyValue): void {
    if (isSettingName(name)) {
      return this.#fault(
        node.key,
        `\`${name}\` stands outside its table`,
        `put it under [${OPTIONS[name].section}]`,
      );
    }
    if (this.#knownSection(name, node.key)) this.#inline([name], node);
  }

  /** `[apps.NAME]`, `[apps.NAME.env]`, or `[apps]` itself. */
  #appTable(rest: TomlPath, at: AST.TOMLKey): void {
    const [name, key, ...deeper] = rest.map(String);
    if (name === undefined || this.#app(name, at) === null || key === undefined) return;
    if (deeper.length > 0 || !isSettingName(key) || OPTIONS[key].type !== 'map')
      this.#fault(at, `\`${[key, ...deeper].join('.')}\` in [apps.${name}] is not a table`, null);
  }

  #appValue(path: readonly string[], node: AST.TOMLKeyValue): void {
    const [, name, key, ...deeper] = path;
    if (name === undefined || key === undefined) {
      if (name === undefined || this.#app(name, node.key) !== null) this.#inline(path, node);
      return;
    }
    const app = this.#app(name, node.key);
    if (app === null) return;
    if (isSettingName(key) && OPTIONS[key].section === 'app')
      this.#entry(app.entries, `apps.${name}`, key, deeper, node);
    else this.#unknownKey(`apps.${name}`, 'app', key, node.key);
  }

  /** The table of an application, begun when it is named for the first time; null when it cannot have that name. */
  #app(name: string, at: AST.TOMLKey): AppDraft | null {
    const known = this.apps.find((app) => app.name === name);
    if (known !== undefined) return known;
    try {
      checkAppName(name);
      const app: AppDraft = { name, entries: [], origin: this.#origin(at) };
      this.apps.push(app);
      return app;
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      if (!this.#told.has(`apps.${name}`)) this.#fault(at, error.message, error.hint, error.allowed);
      this.#told.add(`apps.${name}`);
      return null;
    }
  }

  #entry(
    entries: Entry[],
    table: string,
    name: SettingName,
    deeper: readonly string[],
    node: AST.TOMLKeyValue,
  ): void {
    const row = OPTIONS[name];
    const [key] = deeper;
    if (deeper.length > 1 || (key !== undefined && row.type !== 'map'))
      return this.#fault(node.key, `\`${name}\` in [${table}] is not a table`, null);
    const value = getStaticTOMLValue(node.value);
    const raw = rebase(row, key === undefined ? value : { [key]: value }, this.#path);
    entries.push({ name, raw, origin: this.#origin(node.value) });
  }

  #inline(path: readonly string[], node: AST.TOMLKeyValue): void {
    const name = path.join('.');
    if (node.value.type !== 'TOMLInlineTable')
      return this.#fault(node.key, `\`${name}\` is a table`, `write [${name}]`);
    for (const pair of node.value.body) this.pair(path, pair);
  }

  #knownSection(name: string, key: AST.TOMLKey): boolean {
    if (SECTIONS.some((section) => section.name === name)) return true;
    if (this.#told.has(name)) return false;
    this.#told.add(name);
    const names = [...SECTIONS.map((section) => section.name), 'apps', 'site', 'upstreams', 'services'];
    const allowed = [
      ...SECTIONS.map((section) => `[${section.name}]`),
      '[apps.NAME]',
      '[upstreams.NAME]',
      '[services.NAME]',
      '[[site]]',
    ].join(' ');
    this.#fault(key, `unknown section [${name}]`, didYouMean(name, names), allowed);
    return false;
  }

  #notAList(node: AST.TOMLTable): void {
    const name = node.resolvedKey.filter((part) => typeof part === 'string').join('.');
    const [first = ''] = node.resolvedKey;
    if (
      ['apps', 'upstreams', 'services'].includes(String(first)) ||
      this.#knownSection(String(first), node.key)
    )
      this.#fault(node.key, `[[${name}]] cannot be a list`, `write [${name}]`);
  }

  /** `table` as people wrote it, `section` whose options it takes. */
  #unknownKey(table: string, section: string, key: string, at: AST.TOMLKey): void {
    if (isSettingName(key)) {
      const hint = `put it under [${OPTIONS[key].section}]`;
      return this.#fault(at, `\`${key}\` is not a key of [${table}]`, hint);
    }
    const own = settingsOf(section as Section);
    this.#fault(
      at,
      `unknown key \`${key}\` in [${table}]`,
      SHORT_NAMES[key] ?? didYouMean(key, own) ?? elsewhere(key),
    );
  }

  #fault(at: AST.TOMLNode, message: string, hint: string | null, allowed: string | null = null): void {
    this.diagnostics.push(diagnostic('error', message, { where: this.#origin(at), hint, allowed }));
  }

  #origin(at: AST.TOMLNode): Origin {
    return { kind: 'file', path: this.#path, line: at.loc.start.line, column: at.loc.start.column + 1 };
  }
}

/** What other supervisors call the keys of a service. */
const SERVICE_WORDS: Readonly<Record<string, string>> = {
  cwd: 'did you mean `directory`?',
  chdir: 'did you mean `directory`?',
  exec: 'did you mean `command`?',
  environment: 'did you mean `env`?',
  user: 'a service runs as `user` of [server]',
  stopsignal: 'did you mean `stop_signal`?',
  stopwaitsecs: 'did you mean `stop_timeout`?',
  autorestart: 'a service that ends is always started again',
};

/** Names that are too short for their nearest to be found. */
const SHORT_NAMES: Readonly<Record<string, string>> = {
  keepalive: 'did you mean `keepalive_timeout` in [server]?',
  timeout: 'did you mean `graceful_timeout` or `queue_timeout` in [server]?',
  static: 'did you mean `static_map` in [static]?',
  expires: 'did you mean `static_expires` in [static]?',
  level: 'did you mean `log_level` in [log]?',
  format: 'did you mean `log_format` or `access_log_format` in [log]?',
  port: 'use `bind` in [server], as in bind = ":8000"',
  host: 'use `bind` in [server], as in bind = "127.0.0.1:8000"',
};

function elsewhere(key: string): string | null {
  const hint = didYouMean(key, SETTING_NAMES);
  const name = hint === null ? '' : (/`(.*)`/.exec(hint)?.[1] ?? '');
  return isSettingName(name) ? `did you mean \`${name}\` in [${OPTIONS[name].section}]?` : null;
}

/** The usual slips of people who know YAML and ini files. */
function hintFor(line: string): string | null {
  if (/^\s*[\w-]+\s*:/.test(line)) return 'use =, not a colon: key = value';
  const value = /^\s*[\w.-]+\s*=\s*([A-Za-z:/.][^#"'[{]*)/.exec(line)?.[1]?.trim();
  return value === undefined ? null : `text needs quotes: "${value}"`;
}

function syntaxFault(path: string, text: string, error: unknown): Diagnostic {
  const fault = error as { message?: string; lineNumber?: number; column?: number };
  const where: Origin = { kind: 'file', path, line: fault.lineNumber ?? 1, column: (fault.column ?? 0) + 1 };
  const line = text.split('\n')[(fault.lineNumber ?? 1) - 1] ?? '';
  return diagnostic('error', `this is not TOML: ${fault.message ?? 'unreadable'}`, {
    where,
    hint: hintFor(line),
  });
}
