import type { ArgumentSpec } from '../config/args.ts';
import type { SettingName } from '../config/options.ts';

/**
 * What an argument of another server means here. The rows of a tool's table are made with the functions below, one
 * effect each, so that a table reads like the tool's own list of options.
 */
export type Effect =
  /** It is this setting of ours; `change` rewrites the text. */
  | {
      readonly kind: 'set';
      readonly name: SettingName;
      readonly change: (value: string) => string | readonly string[];
    }
  /** Several things at once. */
  | { readonly kind: 'all'; readonly effects: readonly Effect[] }
  /** Kept for the tool's `finish`, which combines several arguments. */
  | { readonly kind: 'keep'; readonly says: string }
  /** Nothing to do, and nothing lost. */
  | { readonly kind: 'accept'; readonly why: string }
  /** Done, but not quite the same; people are told. */
  | { readonly kind: 'warn'; readonly why: string }
  /** Known, and not there yet. */
  | { readonly kind: 'later'; readonly hint: string | null }
  /** Known, and never will be. */
  | { readonly kind: 'refuse'; readonly why: string; readonly hint: string | null }
  /** The command asks for something else than serving. */
  | { readonly kind: 'request'; readonly request: Request }
  /** Depends on the value. */
  | { readonly kind: 'when'; readonly choose: (value: string) => Effect };

/** What a foreign command line asks for. */
export type Request = 'serve' | 'check' | 'print-config' | 'version' | 'help';

export interface Row {
  /** The tool's own name for it, when it differs from the flags (settings of a configuration file). */
  readonly setting?: string;
  readonly names: readonly string[];
  readonly takes: ArgumentSpec['takes'];
  readonly effect: Effect;
}

/** `--workers N`: the first name is the setting's when it has one. */
export function row(names: string, effect: Effect, takes: Row['takes'] = 'value'): Row {
  return { names: names.split(' '), takes, effect };
}

/** A flag without a value. */
export function flag(names: string, effect: Effect): Row {
  return row(names, effect, 'none');
}

export function to(
  name: SettingName,
  change: (value: string) => string | readonly string[] = (value) => value,
): Effect {
  return { kind: 'set', name, change };
}

export function all(...effects: readonly Effect[]): Effect {
  return { kind: 'all', effects };
}

export const keep: Effect = keepAnd('honoured');

/** Kept, and described in the reference as `says`. */
export function keepAnd(says: string): Effect {
  return { kind: 'keep', says };
}

export function accept(why: string): Effect {
  return { kind: 'accept', why };
}

export function warn(why: string): Effect {
  return { kind: 'warn', why };
}

export function later(hint: string | null = null): Effect {
  return { kind: 'later', hint };
}

export function refuse(why: string, hint: string | null = null): Effect {
  return { kind: 'refuse', why, hint };
}

export function request(what: Request): Effect {
  return { kind: 'request', request: what };
}

export function when(choose: (value: string) => Effect): Effect {
  return { kind: 'when', choose };
}

/** Accepted with these values, because they ask for nothing; `otherwise` with any other. */
export function fine(
  values: readonly string[],
  otherwise: Effect,
  why = 'this is what happens anyway',
): Effect {
  return when((value) => (values.includes(value) ? accept(why) : otherwise));
}
