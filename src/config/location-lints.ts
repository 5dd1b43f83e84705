import { choosable, type ChoosableLocation, LocationChoice } from '../routing/location-choice.ts';
import { whollyPrefix } from '../routing/path-pattern.ts';
import { diagnostic, type Diagnostic } from './diagnostic.ts';
import type { Location } from './location.ts';
import { describeOrigin } from './origin.ts';

/** What is allowed in locations of a site, and can't have been meant. */
export function lintLocations(locations: readonly Location[]): readonly Diagnostic[] {
  return [...unreachable(locations), ...circles(locations)];
}

/** Behind a regular expression that fits all that they are for. */
function unreachable(locations: readonly Location[]): readonly Diagnostic[] {
  const patterns = locations.filter(({ match }) => match === 'regex');
  return locations.flatMap((location) => {
    const own = ownPrefix(location);
    if (own === null) return [];
    const at = patterns.indexOf(location);
    const before = patterns.slice(0, at < 0 ? patterns.length : at).find(({ path }) => {
      const prefix = whollyPrefix(path);
      return prefix !== null && own.startsWith(prefix);
    });
    if (before === undefined) return [];
    const message = `no request reaches this location: the regular expression \`${before.path}\` (${describeOrigin(before.origin)}) fits all that it is for`;
    const hint =
      at < 0
        ? 'write match = "prefix-only" here, or a regular expression that fits less there'
        : 'regular expressions are tried in the order of the file: put this one first';
    return [diagnostic('warning', message, { where: location.origin, hint })];
  });
}

/** What all paths begin with that the location is for; null: it can't be told, or nothing comes before it. */
function ownPrefix({ match, path, internal }: Location): string | null {
  if (internal || match === 'exact' || match === 'prefix-only') return null;
  if (match === 'prefix') return path;
  return whollyPrefix(path) ?? /^\^([A-Za-z0-9/_-]+)(?![*?{+|])/.exec(path)?.[1] ?? null;
}

/** Clients that are sent to where they are sent from. */
function circles(locations: readonly Location[]): readonly Diagnostic[] {
  const candidates = locations.map((location): ChoosableLocation & { readonly location: Location } => ({
    ...choosable(location.match, location.path, location.files !== null || location.mount),
    location,
  }));
  const choice = new LocationChoice(candidates);
  return candidates.flatMap(({ location }) => {
    const to = location.redirect?.to ?? '';
    // $uri begins with a slash.
    const [path = '', ...more] = to.replace(/\$(uri|request_uri)/, '/$').split(/[$?#]/);
    // Where a part comes from the request only the beginning is known, which says enough of a prefix alone.
    if (!path.startsWith('/') || (more.length > 0 && location.match !== 'prefix')) return [];
    if (choice.choose(path)?.location !== location) return [];
    const message = `\`${to}\` leads to this location again: clients would go in a circle`;
    const where = location.origins.get('redirect') ?? location.origin;
    const hint = location.match === 'prefix' ? 'write match = "exact", or redirect elsewhere' : null;
    return [diagnostic('warning', message, { where, hint })];
  });
}
