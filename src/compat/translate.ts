import { type FoundArgument, scanArguments } from '../config/args.ts';
import { diagnostic, type Diagnostic, hasErrors } from '../config/diagnostic.ts';
import type { Entry } from '../config/entry.ts';
import type { Environment } from '../config/env.ts';
import type { LocationKey } from '../config/location-keys.ts';
import type { LocationTable } from '../config/location-table.ts';
import type { SettingName } from '../config/options.ts';
import type { Origin } from '../config/origin.ts';
import { type Effect, flag, type Request, request, type Row } from './effect.ts';
import type { PythonSettings } from './python-settings.ts';

/** What a foreign command line amounts to. */
export interface Translation {
  readonly tool: string;
  readonly request: Request;
  /** As strong as flags. */
  readonly entries: readonly Entry[];
  /** The tool's own defaults where they are not ours; weaker than the environment. */
  readonly base: readonly Entry[];
  /** What only a location can say; as strong as flags. */
  readonly locations: readonly LocationTable[];
  /** Warnings and errors; `usage` are those of the command line itself (exit code 2). */
  readonly diagnostics: readonly Diagnostic[];
  readonly usage: readonly Diagnostic[];
  /** What was accepted and does nothing, with the reason; shown where the translation is shown. */
  readonly accepted: readonly string[];
  /** Variables that the tool does not know, though we do. */
  readonly ignoredEnv: readonly string[];
  /** A file of settings that has to be run by Python first; null: there is none, or the surroundings brought what it says. */
  readonly pythonFile: string | null;
  /** Whether the Django project of the folder is served, with the settings of its manage.py. */
  readonly servesProject: boolean;
}

/** What a tool's adapter may know of the world. */
export interface Surroundings {
  readonly env: Environment;
  readonly cpus: number;
  readonly cwd: string;
  exists(path: string): boolean;
  /** Null when there is no such file, or it cannot be read. */
  read(path: string): string | null;
  /** What the file of settings says that an earlier translation asked for. */
  readonly pythonSettings?: PythonSettings;
}

/** A tool whose command lines are understood. */
export interface Tool {
  readonly name: string;
  readonly rows: readonly Row[];
  readonly ignoredEnv: readonly string[];
  readonly servesProject?: boolean;
  /** Arguments that come before the typed ones and are weaker (environment of the tool). */
  arguments?(around: Surroundings, use: Use): readonly Argument[];
  /** Arguments that follow the typed ones, and add up with them: of files that those name. */
  following?(
    use: Use,
    positionals: readonly string[],
    table: ReadonlyMap<string, Row>,
    around: Surroundings,
  ): readonly Argument[];
  /** Combines what was kept, reads the words that are no flags, adds the tool's defaults. */
  finish(use: Use, positionals: readonly string[], around: Surroundings): void;
}

export interface Argument {
  readonly words: readonly string[];
  /** What the words come from, for messages: `GUNICORN_CMD_ARGS`; null for the command line. */
  readonly source: string | null;
}

/** Every tool can show what it amounts to. */
const COMMON_ROWS: readonly Row[] = [flag('--print-config', request('print-config'))];

/** Translates a command line by a tool's table. Pure. */
export function translate(tool: Tool, argv: readonly string[], around: Surroundings): Translation {
  const use = new Use(tool.name);
  const table = tableOf(tool);
  const positionals: string[] = [];
  const sources = [...(tool.arguments?.(around, use) ?? []), { words: argv, source: null }];
  const take = ({ words, source }: Argument): void => {
    const scan = scanArguments(words, table, { prefixes: true, origin: (name) => use.origin(name, source) });
    use.usage.push(...scan.faults);
    for (const found of scan.found) use.apply(found.spec.effect, found, source);
    if (source === null) positionals.push(...scan.positionals);
  };
  for (const source of sources) {
    use.beginSource();
    take(source);
  }
  for (const argument of tool.following?.(use, positionals, table, around) ?? []) take(argument);
  // After a fault the words are not to be trusted: the value of an unknown flag is one of them.
  if (use.usage.length === 0) tool.finish(use, positionals, around);
  return {
    tool: tool.name,
    request: use.request,
    entries: use.entries,
    base: use.base,
    locations: use.locations,
    diagnostics: use.diagnostics,
    usage: use.usage,
    accepted: use.accepted,
    ignoredEnv: tool.ignoredEnv,
    pythonFile: use.pythonFile,
    servesProject: tool.servesProject === true,
  };
}

/** The hands of a translation: what effects and `finish` write with. */
export class Use {
  readonly tool: string;
  readonly entries: Entry[] = [];
  readonly base: Entry[] = [];
  readonly locations: LocationTable[] = [];
  readonly diagnostics: Diagnostic[] = [];
  readonly usage: Diagnostic[] = [];
  readonly accepted: string[] = [];
  request: Request = 'serve';
  pythonFile: string | null = null;
  readonly #kept = new Map<string, Kept[]>();
  #earlier: ReadonlySet<Entry> = new Set();

  constructor(tool: string) {
    this.tool = tool;
  }

  origin(what: string, source: string | null = null): Origin {
    return { kind: 'tool', tool: this.tool, what: source === null ? what : `${what} (${source})` };
  }

  /** What follows replaces what earlier sources said, lists included; within one source lists add up. */
  beginSource(): void {
    this.#earlier = new Set(this.entries);
  }

  set(name: SettingName, raw: unknown, what: string, source: string | null = null): void {
    const stays = this.entries.filter((one) => one.name !== name || !this.#earlier.has(one));
    this.entries.splice(0, this.entries.length, ...stays, { name, raw, origin: this.origin(what, source) });
  }

  standard(name: SettingName, raw: unknown, what = 'default'): void {
    this.base.push({ name, raw, origin: this.origin(what) });
  }

  /** A location with these keys, said by `what`. */
  location(keys: { readonly [K in LocationKey]?: unknown }, what: string): void {
    const origin = this.origin(what);
    const values = Object.fromEntries(Object.entries(keys).map(([key, raw]) => [key, { raw, origin }]));
    this.locations.push({ values, faulty: false, origin });
  }

  /** What was said last of a setting, the tool's own defaults included. */
  lastRaw(name: SettingName): unknown {
    const said = [...this.base, ...this.entries].filter((one) => one.name === name);
    return said.at(-1)?.raw;
  }

  /** Whether something was wrong already. */
  get failed(): boolean {
    return hasErrors(this.diagnostics);
  }

  /** The last value kept under a row's first name. */
  kept(name: string): Kept | null {
    return this.#kept.get(name)?.at(-1) ?? null;
  }

  allKept(name: string): readonly Kept[] {
    return this.#kept.get(name) ?? [];
  }

  warn(message: string, what: string | null, hint: string | null = null): void {
    const where = what === null ? null : this.origin(what);
    this.diagnostics.push(diagnostic('warning', message, { where, hint }));
  }

  error(
    message: string,
    what: string | null,
    hint: string | null = null,
    allowed: string | null = null,
  ): void {
    const where = what === null ? null : this.origin(what);
    this.diagnostics.push(diagnostic('error', message, { where, hint, allowed }));
  }

  apply(effect: Effect, found: FoundArgument<Row>, source: string | null): void {
    const { flag: name, value } = found;
    const typed = value === null || name.includes('password') ? name : `${name} ${value}`;
    switch (effect.kind) {
      case 'set':
        this.set(effect.name, effect.change(value ?? ''), name, source);
        break;
      case 'all':
        for (const one of effect.effects) this.apply(one, found, source);
        break;
      case 'keep': {
        const key = found.spec.names[0] ?? name;
        const list = this.#kept.get(key) ?? [];
        list.push({ value: value ?? '', what: source === null ? name : `${name} (${source})` });
        this.#kept.set(key, list);
        break;
      }
      case 'accept':
        this.accepted.push(`${name}: ${effect.why}`);
        break;
      case 'warn':
        this.warn(`${name}: ${effect.why}`, null);
        break;
      case 'later':
        this.error(`\`${typed}\` of ${this.tool} is known, but not honoured yet`, source, effect.hint);
        break;
      case 'refuse':
        this.error(`\`${typed}\` of ${this.tool} is refused: ${effect.why}`, source, effect.hint);
        break;
      case 'request':
        this.request = effect.request;
        break;
      case 'when':
        this.apply(effect.choose(value ?? ''), found, source);
        break;
    }
  }
}

export interface Kept {
  readonly value: string;
  readonly what: string;
}

function tableOf(tool: Tool): ReadonlyMap<string, Row> {
  const table = new Map<string, Row>();
  for (const one of [...tool.rows, ...COMMON_ROWS]) {
    for (const name of one.names) if (!table.has(name)) table.set(name, one);
  }
  return table;
}
