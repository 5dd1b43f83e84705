import { ConfigError } from './diagnostic.ts';

/** What is looked for when `try_files` says nothing of the end. */
const END = '=404';

const ALLOWED = '$uri, $uri/, $uri.html, /FILE; last @app or a status such as =404';

/** Checks `try_files` and gives it an end when it has none. Throws ConfigError. */
export function readTryFiles(words: readonly string[]): readonly string[] {
  if (words.length === 0)
    throw new ConfigError('there is nothing to try', ALLOWED, 'leave it out for $uri, $uri/, =404');
  checkOneEach(words);
  for (const [index, word] of words.entries()) {
    if (isEnd(word)) {
      if (index < words.length - 1)
        throw new ConfigError(`what follows \`${word}\` is never tried`, ALLOWED, `put \`${word}\` last`);
    } else checkName(word);
  }
  return isEnd(words.at(-1) ?? '') ? words : [...words, END];
}

/** As in nginx, all in one text. A name may hold a space, so only what begins like several is meant. */
function checkOneEach(words: readonly string[]): void {
  for (const word of words) {
    const parts = word.trim().split(/\s+/);
    if (parts.length === 1 || !parts.every((part) => /^[$/@=]/.test(part))) continue;
    const list = (words.length === 1 ? parts : words.flatMap((one) => one.trim().split(/\s+/)))
      .map((part) => JSON.stringify(part))
      .join(', ');
    throw new ConfigError(`\`${word}\` is several names in one text`, ALLOWED, `write a list: [${list}]`);
  }
}

/** Whether an application is asked in the end. */
export function asksApp(words: readonly string[]): boolean {
  return words.at(-1) === '@app';
}

/** Whether folders are looked at: their index, their listing. */
export function triesFolders(words: readonly string[]): boolean {
  return words.includes('$uri/');
}

function isEnd(word: string): boolean {
  if (word.startsWith('@') && word !== '@app')
    throw new ConfigError(`\`${word}\` is not a name here`, ALLOWED, 'write @app, and app = "NAME"');
  if (word.startsWith('=') && !/^=[45][0-9]{2}$/.test(word))
    throw new ConfigError(`\`${word}\` is not the status of an error`, '=400 to =599', `write ${END}`);
  return word.startsWith('@') || word.startsWith('=');
}

function checkName(word: string): void {
  const [before = '', after, ...more] = word.split('$uri');
  if (/[\x00-\x1f\x7f]/.test(word)) throw new ConfigError('a control character in a name', ALLOWED);
  if (more.length > 0 || `${before}${after ?? ''}`.includes('$')) {
    throw new ConfigError(`\`${word}\` has a variable that is not known`, ALLOWED, 'there is $uri, once');
  }
  if (after === undefined && !word.startsWith('/')) {
    const hint = word === 'uri' || word === 'uri/' ? `write $${word}` : `write /${word}`;
    throw new ConfigError(`\`${word}\` does not begin with /`, ALLOWED, hint);
  }
  if (after === undefined && word.endsWith('/'))
    throw new ConfigError(`\`${word}\` is a folder`, ALLOWED, `name a file: ${word}index.html`);
  // As the request's own path, which never holds a part that leads upwards.
  if (before !== '' && !before.startsWith('/'))
    throw new ConfigError(`\`${word}\` does not begin with / or $uri`, ALLOWED);
  if (`/${before}/${after ?? ''}/`.includes('/../'))
    throw new ConfigError(`\`${word}\` leads out of the folder`, ALLOWED);
}
