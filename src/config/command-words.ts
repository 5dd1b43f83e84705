import { ConfigError } from './diagnostic.ts';

/**
 * Splits a command as a shell would, into program and arguments: at blanks, with '...', "..." and \ to keep them. Nothing else that a shell knows
 * is done; where somebody seems to want it, a fault says so. Throws ConfigError.
 */
export function commandWords(text: string): readonly string[] {
  const words: string[] = [];
  for (const [piece] of text.matchAll(WORD)) {
    if (OPERATOR.test(piece))
      throw new ConfigError(
        `\`${piece}\` is for a shell, and none reads the command`,
        'a program and its arguments',
        'quote it if it is an argument, or write command = ["sh", "-c", "..."]',
      );
    words.push(unquoted(piece));
  }
  const [first = ''] = words;
  if (/^[A-Za-z_]\w*=/.test(first))
    throw new ConfigError(
      `\`${first}\` is a variable, not a program`,
      'a program and its arguments',
      'put it into `env`',
    );
  if (/['"]/.test(text.replaceAll(WORD, '')))
    throw new ConfigError('a quotation mark has no other', 'a program and its arguments');
  return words;
}

/** Without blanks between: text in quotes, what a backslash keeps, and everything else. */
const WORD = /(?:'[^']*'|"(?:[^"\\]|\\[^])*"|\\[^]|[^\s'"\\])+/g;
const OPERATOR = /^(?:&&?|\|\|?|;|[0-9]*[<>].*)$|^[^'"\\]*;$/;

function unquoted(piece: string): string {
  return piece.replaceAll(
    /'([^']*)'|"((?:[^"\\]|\\[^])*)"|\\([^])/g,
    (_, single?: string, double?: string, kept?: string) =>
      single ?? (double === undefined ? (kept ?? '') : double.replaceAll(/\\(["\\$`])/g, '$1')),
  );
}
