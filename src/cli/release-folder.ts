import { realpathSync } from 'node:fs';

/**
 * The folder that the server works in, by the name it was started under. Where releases are folders and `current` is a link to one, the name
 * leads to another folder after a deploy: a reload goes there, so that what it reads and starts is the new release, and comes back when it fails.
 */
export class ReleaseFolder {
  readonly #name: string;
  #before: string | null = null;

  /** @param name absolute, and at this moment the working directory. */
  constructor(name: string) {
    this.#name = name;
  }

  /** Makes the folder the name leads to now the working directory. Gives it, when it is another than before. Throws in words when it cannot be entered. */
  follow(): string | null {
    const now = realOf(this.#name);
    const before = process.cwd();
    if (now === null || now === before) return null;
    try {
      process.chdir(now);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Error(`${this.#name} leads to ${now} now, which cannot be entered: ${why}`, { cause: error });
    }
    this.#before ??= before;
    return now;
  }

  /** Where the name leads now, when that is not where the server works; null: it is, or leads nowhere. */
  get elsewhere(): string | null {
    const now = realOf(this.#name);
    return now === process.cwd() ? null : now;
  }

  /** What was started there serves. */
  stay(): void {
    this.#before = null;
  }

  /** What was started before serves on. */
  goBack(): void {
    const before = this.#before;
    this.#before = null;
    if (before === null) return;
    try {
      process.chdir(before);
    } catch {
      // It was removed; nothing that serves looks for anything by a relative name.
    }
  }
}

/** Null: the name leads nowhere, a link is about to be turned perhaps. */
function realOf(name: string): string | null {
  try {
    return realpathSync(name);
  } catch {
    return null;
  }
}
