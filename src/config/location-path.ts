import type { LocationMatch } from '../routing/location-choice.ts';
import { PathPattern, PatternError } from '../routing/path-pattern.ts';
import { ConfigError } from './diagnostic.ts';

/** What `path` may be beside a `match`. Throws ConfigError. */
export function checkMatched(path: string, match: LocationMatch): void {
  if (match === 'exact') checkCharacters(path, 'a path, such as /robots.txt');
  else if (match !== 'regex') checkPath(path);
  else {
    try {
      new PathPattern(path);
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      const hint = /\(\?[=!<]|\\[1-9]/.test(path)
        ? 'lookaround and references back are not taken: how long they take could depend on what clients ask for'
        : null;
      const allowed = 'a regular expression as RE2 has it';
      throw new ConfigError(`\`${path}\` is no regular expression: ${error.message}`, allowed, hint);
    }
  }
}

/** What the beginning of a path may be. Throws ConfigError. */
export function checkPath(path: string): void {
  const allowed = 'the beginning of a path, such as /ws/';
  checkCharacters(path, allowed);
  if (/[*?#]/.test(path)) {
    const stem = /^[^*?#]*/.exec(path)?.[0] ?? '/';
    throw new ConfigError(
      `\`${path}\` holds a character that stands for itself in a path`,
      allowed,
      `a location is a prefix: ${stem} already means everything below; a regular expression needs match = "regex"`,
    );
  }
}

function checkCharacters(path: string, allowed: string): void {
  if (!path.startsWith('/'))
    throw new ConfigError(`\`${path}\` does not begin with /`, allowed, hintFor(path));
  if (/[\x00-\x1f\x7f]/.test(path)) throw new ConfigError('a control character in a path', allowed);
  if (/%[0-9a-fA-F]{2}/.test(path)) {
    throw new ConfigError(`\`${path}\` is percent-encoded`, allowed, 'write the characters themselves');
  }
}

/** As nginx marks its locations. */
function hintFor(path: string): string {
  const [, mark = '', rest = ''] = /^(\^~|~\*|~|=)\s*(.+)$/.exec(path) ?? [];
  if (mark === '=') return `write match = "exact" and path = "${rest}"`;
  if (mark === '^~') return `write match = "prefix-only" and path = "${rest}"`;
  if (mark === '~') return `write match = "regex" and path = '${rest}'`;
  if (mark === '~*') return `write match = "regex" and path = '(?i)${rest}'`;
  if (path.startsWith('@')) return 'what is no file is asked of an application with "@app" in try_files';
  if (path.startsWith('^')) return 'add match = "regex"';
  return `write /${path}`;
}
