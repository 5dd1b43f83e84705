/** What it costs to change an option of a running server: nothing, new workers, new gateways (WebSockets are closed then), or a new start. */
export type ReloadCost = 'live' | 'workers' | 'gateways' | 'restart';

export type Section =
  | 'app'
  | 'server'
  | 'tls'
  | 'static'
  | 'limits'
  | 'websocket'
  | 'proxy'
  | 'acme'
  | 'log'
  | 'dev';

/** What every row says, whatever its type. */
interface RowCommon {
  /** Table of the configuration file the option lives in. */
  readonly section: Section;
  /** Flags shown in the help, the canonical long one last. */
  readonly flags: readonly string[];
  /** More flags that mean the same: names other servers gave it. Accepted and documented, not in the short help. */
  readonly aliases?: readonly string[];
  /** Flags that take no value and stand for one: `{'--no-server-header': ''}`. A flag that is in `flags` too may also be followed by a value. */
  readonly bareFlags?: Readonly<Record<string, string>>;
  /** Environment variables honoured besides `LICORNE_<NAME>`, weaker than it. */
  readonly foreignEnv?: readonly ForeignVariable[];
  /** Stands for the value in the help: `N`, `ADDR`. */
  readonly metavar?: string;
  /** One line, no full stop, begins with a capital. */
  readonly help: string;
  /** More, in Markdown: meaning of special values, why the default is what it is. */
  readonly doc?: string;
  readonly reload: ReloadCost;
  /** It is shown to nobody, may be in a file that `LICORNE_<NAME>_FILE` names, and its variables are left out of what processes inherit. */
  readonly secret?: true;
  /** Only in section app: an application of `[apps.NAME]` that says nothing has the value of `[app]`. */
  readonly shared?: boolean;
}

/** A variable such as PORT, and how its text becomes the option's. */
export interface ForeignVariable {
  readonly name: string;
  /** Checked before `template` is filled in; `says` tells people what would have matched. */
  readonly pattern?: { readonly regex: RegExp; readonly says: string };
  /** The option's text; `%` is replaced by the variable's. Absent: the text as it is. */
  readonly template?: string;
}

interface Range {
  readonly min?: number;
  readonly max?: number;
  /** What one is: `seconds`, `bytes`, `requests`. */
  readonly unit?: string;
}

export interface StringRow extends RowCommon {
  readonly type: 'string';
  readonly default: string;
  /** The only argument that needs no flag. */
  readonly positional?: boolean;
}
export interface PathRow extends RowCommon {
  readonly type: 'path';
  /** A bare name is a program to look up in PATH, not a file of the folder. */
  readonly command?: boolean;
  readonly default: string;
}
export interface IntegerRow extends RowCommon, Range {
  readonly type: 'integer';
  readonly default: number;
}
export interface CountRow extends RowCommon, Range {
  readonly type: 'integer-or-auto';
  readonly default: number | 'auto';
}
export interface ModeRow extends RowCommon {
  readonly type: 'mode';
  readonly default: number;
}
export interface BytesRow extends RowCommon, Range {
  readonly type: 'bytes';
  readonly default: number;
}
export interface DurationRow extends RowCommon, Range {
  readonly type: 'duration';
  /** Whether the word `off` may be said, which is -1. */
  readonly off?: boolean;
  readonly default: number;
}
export interface BooleanRow extends RowCommon {
  readonly type: 'boolean';
  readonly default: boolean;
}
export interface ChoiceRow<C extends string = string> extends RowCommon {
  readonly type: 'choice';
  readonly choices: readonly C[];
  readonly default: C;
}
export interface ListRow extends RowCommon {
  readonly type: 'list';
  /** `path` items are relative to the file that names them, as the values of path options are; and so is DIR of a `mount`, URL=DIR. */
  readonly items: 'string' | 'path' | 'bind' | 'mount';
  /** Whether one flag may carry several items, separated by commas. The environment always may. */
  readonly commas: boolean;
  readonly default: readonly string[];
}
export interface MapRow extends RowCommon {
  readonly type: 'map';
  /** Values that are paths are relative to the file that names them. */
  readonly values?: 'path';
  readonly default: Readonly<Record<string, string>>;
}

/** One option, complete: flags, environment, file key, schema, documentation and completion all come from its row. */
export type OptionRow =
  | StringRow
  | PathRow
  | IntegerRow
  | CountRow
  | ModeRow
  | BytesRow
  | DurationRow
  | BooleanRow
  | ChoiceRow
  | ListRow
  | MapRow;

/** The part of a row that says what its values are: also those of keys that are no options. */
export type ValueRow = OptionRow extends infer R
  ? R extends unknown
    ? Omit<R, keyof RowCommon>
    : never
  : never;

/** The type a value has once its row's text was read. */
export type ValueOf<R extends { readonly type: OptionRow['type'] }> = R extends {
  readonly type: 'choice';
  readonly choices: readonly (infer C)[];
}
  ? C
  : R['type'] extends 'string' | 'path'
    ? string
    : R['type'] extends 'integer-or-auto'
      ? number | 'auto'
      : R['type'] extends 'integer' | 'mode' | 'bytes' | 'duration'
        ? number
        : R['type'] extends 'boolean'
          ? boolean
          : R['type'] extends 'list'
            ? readonly string[]
            : R['type'] extends 'map'
              ? Readonly<Record<string, string>>
              : never;

export type SettingValue = ValueOf<OptionRow>;
