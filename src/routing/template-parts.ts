/** A text with variables that can't be used; the message says what is wrong, the hint what to do. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
  readonly hint: string | null;

  constructor(message: string, hint: string | null = null) {
    super(message);
    this.hint = hint;
  }
}

export const VARIABLES = ['scheme', 'host', 'http_host', 'uri', 'request_uri', 'args'] as const;

export type Variable = (typeof VARIABLES)[number];

/** What people know from elsewhere. */
const SAME: Readonly<Record<string, Variable>> = {
  query_string: 'args',
  document_uri: 'uri',
  path: 'uri',
};

export type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'variable'; readonly name: Variable }
  /** A group of the location's regular expression, by number or name. */
  | { readonly kind: 'capture'; readonly of: number | string };

/** The groups that there are to be named. Null: the location has no regular expression. */
export interface Groups {
  readonly count: number;
  readonly names: readonly string[];
}

/** Takes `https://$host$uri`, `/new/$1`, `/${name}.html` apart; `$$` is a dollar sign. Throws TemplateError. */
export function readTemplate(text: string, groups: Groups | null): readonly Part[] {
  if (/[\x00-\x20\x7f]/.test(text))
    throw new TemplateError('a space or a control character in a target', 'write %20 for a space');
  const parts: Part[] = [];
  const add = (piece: string): void => {
    const last = parts.at(-1);
    if (piece === '') return;
    if (last?.kind === 'text') parts[parts.length - 1] = { kind: 'text', text: last.text + piece };
    else parts.push({ kind: 'text', text: piece });
  };
  let end = 0;
  for (const match of text.matchAll(/\$(?:\$|\{([^}]*)\}|([A-Za-z_][A-Za-z0-9_]*|[0-9]+)|)/g)) {
    add(text.slice(end, match.index));
    end = match.index + match[0].length;
    if (match[0] === '$$') add('$');
    else parts.push(readName(match[1] ?? match[2] ?? '', groups));
  }
  add(text.slice(end));
  return parts;
}

function readName(name: string, groups: Groups | null): Part {
  if (/^[0-9]+$/.test(name)) {
    if (groups === null)
      throw new TemplateError(
        `\`$${name}\` is a group of a regular expression, and this location has none`,
        'add match = "regex" and put the part of `path` that is meant in ( )',
      );
    if (Number(name) <= groups.count) return { kind: 'capture', of: Number(name) };
    throw new TemplateError(
      `\`$${name}\`: the regular expression has ${groups.count === 1 ? 'one group' : `${groups.count} groups`}`,
    );
  }
  if (groups?.names.includes(name) === true) return { kind: 'capture', of: name };
  const variable = VARIABLES.find((one) => one === name) ?? SAME[name];
  if (variable !== undefined) return { kind: 'variable', name: variable };
  if (name === 'is_args')
    throw new TemplateError('`$is_args` is not needed', 'the query is kept where the target has no ?');
  throw new TemplateError(
    name === '' ? 'a `$` that names nothing' : `there is nothing called \`$${name}\``,
    `there are ${VARIABLES.map((one) => `$${one}`).join(', ')}, $1 and \${name} of a regular expression; $$ is a dollar sign`,
  );
}
