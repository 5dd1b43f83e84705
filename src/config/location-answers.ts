import { PathPattern } from '../routing/path-pattern.ts';
import { RedirectTarget, RewriteTarget } from '../routing/template.ts';
import { type Groups, TemplateError } from '../routing/template-parts.ts';
import type { LocationKey, LocationValues } from './location-keys.ts';

/** Tells of a fault of one key. */
export type TellFault = (key: LocationKey, message: string, hint: string | null) => void;

const REDIRECTS = [301, 302, 303, 307, 308];

/** Checks what a location says of redirects, rewrites and fixed answers. */
export function checkAnswers(said: LocationValues, tell: TellFault): void {
  const groups = groupsOf(said);
  checkTemplate('redirect', said.redirect, tell, (text) => new RedirectTarget(text, groups));
  checkTemplate('rewrite', said.rewrite, tell, (text) => new RewriteTarget(text, groups));
  const { status } = said;
  if (status === undefined) return;
  if (said.redirect !== undefined && !REDIRECTS.includes(status))
    tell('status', `${status} is not the status of a redirect`, `one of ${REDIRECTS.join(', ')}`);
  if (said.respond_file === undefined && (said.respond ?? '') === '') return;
  if (status === 204 || status === 304 || status === 205 || status === 444)
    tell('status', `an answer with ${status} has no content`, 'write respond = ""');
}

/** The groups of the regular expression that a location is; null: it is none, or one that can't be read. */
function groupsOf({ match, path }: LocationValues): Groups | null {
  if (match !== 'regex' || path === undefined) return null;
  const pattern = new PathPattern(path);
  return { count: pattern.groups, names: pattern.names };
}

function checkTemplate(
  key: LocationKey,
  text: string | undefined,
  tell: TellFault,
  read: (text: string) => unknown,
): void {
  if (text === undefined) return;
  try {
    read(text);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    tell(key, `\`site.location.${key}\`: ${error.message}`, error.hint);
  }
}
