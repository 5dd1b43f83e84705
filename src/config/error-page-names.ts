import { ConfigError } from './diagnostic.ts';

const ALLOWED = 'a status from 400 to 599, 4xx or 5xx, and a file';

/** Checks what pages are for, and that each is named. Throws ConfigError. */
export function checkErrorPages(pages: Readonly<Record<string, string>>): void {
  for (const [status, file] of Object.entries(pages)) {
    if (!/^[45](xx|[0-9]{2})$/.test(status)) {
      const folded = status.toLowerCase();
      const hint = /^[45]xx$/.test(folded) ? `write ${folded}` : null;
      throw new ConfigError(`\`${status}\` is not the status of an error`, ALLOWED, hint);
    }
    if (file === '') throw new ConfigError(`the page for ${status} is not named`, ALLOWED);
  }
}
