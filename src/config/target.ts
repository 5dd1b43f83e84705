import { ConfigError } from './diagnostic.ts';

/** An application as it is named on the command line. */
export interface Target {
  /** Dotted name of the module. */
  readonly module: string;
  /** Name in the module, dots allowed, or null: `application`, then `app`. */
  readonly attribute: string | null;
  /** The text between the brackets of `factory(...)`, or null when it is not called. */
  readonly call: string | null;
}

const NAME = '[\\p{L}_][\\p{L}\\p{N}_]*';
const DOTTED = `${NAME}(?:\\.${NAME})*`;
const MODULE = new RegExp(`^${DOTTED}$`, 'u');
const OBJECT = new RegExp(`^(${DOTTED})(?:\\(([^]*)\\))?$`, 'u');
const ALLOWED = 'module, module:attribute or module:factory()';

/** Reads `module`, `module:attribute` or `module:factory(...)`. Throws ConfigError. */
export function parseTarget(text: string): Target {
  const colon = text.indexOf(':');
  const module = colon < 0 ? text : text.slice(0, colon);
  // `manage.py` has the form of a dotted name, and is never one.
  if (!MODULE.test(module) || text === 'manage.py')
    throw new ConfigError(`\`${text}\` does not name an application`, ALLOWED, hintFor(module, text));
  if (colon < 0) return { module, attribute: null, call: null };
  const object = OBJECT.exec(text.slice(colon + 1));
  if (object === null) throw new ConfigError(`\`${text}\` does not name an application`, ALLOWED);
  return { module, attribute: object[1] ?? '', call: object[2] ?? null };
}

function hintFor(module: string, text: string): string | null {
  if (module === '') return null;
  if (/^(.*\/)?manage\.py$/.test(text)) {
    const folder = text.slice(0, -'manage.py'.length);
    const more = folder === '' || folder === './' ? '' : ' in its folder';
    return `write just \`licorne\`${more}: it finds manage.py and the application of its project`;
  }
  const dotted = module.replace(/^\.\//, '').replace(/\.py$/, '').replaceAll('/', '.');
  if (dotted !== module && MODULE.test(dotted)) return `write ${dotted}${text.slice(module.length)}`;
  return module.includes('-') ? 'the name of a Python module has no hyphen' : null;
}
