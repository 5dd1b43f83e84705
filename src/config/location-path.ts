import { ConfigError } from './diagnostic.ts';

/** What the beginning of a path may be. Throws ConfigError. */
export function checkPath(path: string): void {
  const allowed = 'the beginning of a path, such as /ws/';
  if (!path.startsWith('/')) {
    const hint = /^[\^~=@]/.test(path)
      ? 'regular expressions and exact paths are not in this version yet'
      : `write /${path}`;
    throw new ConfigError(`\`${path}\` does not begin with /`, allowed, hint);
  }
  if (/[*?#]/.test(path)) {
    const stem = /^[^*?#]*/.exec(path)?.[0] ?? '/';
    throw new ConfigError(
      `\`${path}\` holds a character that stands for itself in a path`,
      allowed,
      `a location is a prefix: ${stem} already means everything below`,
    );
  }
  if (/[\x00-\x1f\x7f]/.test(path)) throw new ConfigError('a control character in a path', allowed);
  if (/%[0-9a-fA-F]{2}/.test(path)) {
    throw new ConfigError(`\`${path}\` is percent-encoded`, allowed, 'write the characters themselves');
  }
}
