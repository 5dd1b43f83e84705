import type { ValueRow } from './option.ts';

/** A key of `[[site.location]]`: what its values are, and what it means. */
export type LocationKeyRow = ValueRow & {
  /** `files`: only beside `static`. */
  readonly about: 'any' | 'files';
  /** Whole sentences, in Markdown. */
  readonly help: string;
  /** What is so when it is left out, in words; null: it is in `default`. */
  readonly standard: string | null;
  /** What a value of the type has to be besides. Throws ConfigError. */
  readonly check?: (value: never) => void;
};
