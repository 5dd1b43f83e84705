import { diagnostic, type Diagnostic } from '../config/diagnostic.ts';
import { nearest } from '../config/nearest.ts';
import { COMMANDS } from './commands.ts';
import type { FileReader } from './terminal.ts';

/** Commands of other servers, and what to type here. */
const INSTEAD: ReadonlyMap<string, string> = new Map([
  ['version', 'licorne --version'],
  ['run', 'licorne TARGET, or just licorne in a Django project'],
  ['start', 'licorne TARGET, or just licorne in a Django project'],
  ['restart', 'licorne reload'],
  ['explain', 'licorne config explain KEY'],
  ['show', 'licorne config show'],
]);

/** Whether a word names a module or package of the current folder. */
export function isModuleHere(files: FileReader, word: string): boolean {
  return files.exists(`${word}.py`) || files.exists(word);
}

/** The fault of a first word that was meant for a command; null when it may well be the name of a module. */
export function unknownCommand(word: string, files: FileReader): Diagnostic | null {
  if (!/^[a-z]+$/.test(word) || isModuleHere(files, word)) return null;
  const known = INSTEAD.get(word);
  const meant = nearest(
    word,
    COMMANDS.map((command) => command.name),
  );
  if (known === undefined && meant === null) return null;
  const hint = known === undefined ? `did you mean \`${meant ?? ''}\`?` : `use ${known}.`;
  return diagnostic('error', `unknown command \`${word}\``, {
    hint: `${hint} To serve the module ${word}, write licorne serve ${word}`,
  });
}

/** The fault of a configuration file in the place of the application; null when the word looks like none. */
export function fileAsTarget(word: string, files: FileReader): Diagnostic | null {
  const isToml = word.endsWith('.toml');
  if (!isToml && !/\.(ini|cfg|conf|ya?ml|json|conf\.py)$|^(.*\/)?config\.py$/.test(word)) return null;
  const there = files.exists(word);
  const message = there
    ? `${word} is a configuration file, not an application`
    : `there is no file ${word}, and it does not name an application`;
  const hint = isToml
    ? `a configuration file is given with -c${there ? `: did you mean -c ${shellWord(word)}?` : ' FILE'}`
    : otherFile(word);
  return diagnostic('error', message, { allowed: 'module, module:attribute or module:factory()', hint });
}

/** What reads a file that is not ours. */
function otherFile(word: string): string {
  const file = shellWord(word);
  if (word.endsWith('.ini')) return `a file of uWSGI is read by licorne uwsgi --ini ${file}`;
  if (word.endsWith('.py')) return `a file of gunicorn is read by licorne gunicorn -c ${file}`;
  return 'settings are read from licorne.toml, or the file of -c';
}

/** A word as a shell takes it. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
