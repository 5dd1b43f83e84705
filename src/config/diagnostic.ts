import type { Origin } from './origin.ts';

/** One thing a person should know about what they configured. */
export interface Diagnostic {
  /** An `error` keeps the server from starting; a `note` only tells what was done. */
  readonly severity: 'error' | 'warning' | 'note';
  readonly message: string;
  readonly where: Origin | null;
  /** What would have been right. */
  readonly allowed: string | null;
  /** What to do next. */
  readonly hint: string | null;
}

/** A diagnostic with the parts that are not always there left out. */
export function diagnostic(
  severity: Diagnostic['severity'],
  message: string,
  rest: { where?: Origin | null; allowed?: string | null; hint?: string | null } = {},
): Diagnostic {
  return {
    severity,
    message,
    where: rest.where ?? null,
    allowed: rest.allowed ?? null,
    hint: rest.hint ?? null,
  };
}

export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((one) => one.severity === 'error');
}

/** A fault in a value, told to people: what is wrong, what was allowed, what to do. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly allowed: string | null;
  readonly hint: string | null;

  constructor(message: string, allowed: string | null = null, hint: string | null = null) {
    super(message);
    this.allowed = allowed;
    this.hint = hint;
  }
}
