import type { LocationMatch } from './location-choice.ts';

/** What counts of a location when it is asked whose a path is. */
export interface OwnedLocation {
  readonly match: LocationMatch;
  readonly path: string;
  readonly app: string;
  /** Null: no files. */
  readonly static: object | null;
  /** No client reaches it. */
  readonly internal: boolean;
}

/** Where requests of a site go. */
export interface OwnedSite {
  /** Who answers where no location fits; null: nobody. */
  readonly app: string | null;
  /** The longest path first. */
  readonly locations: readonly OwnedLocation[];
}

/**
 * Whether requests below `path`, which ends with a slash, go to the app as far as the operator said something: then files that the app tells about
 * may be served there. Below a configured folder that lies further up they may, too, if what is no file in it is the app's.
 */
export function isAppsOwn(path: string, app: string, site: OwnedSite): boolean {
  const folders = site.locations.filter((location) => isFolder(location) && location.static !== null);
  if (folders.some((location) => withSlash(location.path) === path)) return false;
  const nearest = nearestLocation(path, site);
  return (nearest === undefined ? site.app : nearest.app) === app;
}

/** The location of a request for the path, which ends with a slash, as far as the operator said something. */
export function nearestLocation<L extends OwnedLocation>(
  path: string,
  site: { readonly locations: readonly L[] },
): L | undefined {
  return site.locations.find(
    (location) =>
      isFolder(location) &&
      path.startsWith(location.static === null ? location.path : withSlash(location.path)),
  );
}

/** A regular expression takes what it fits out of any folder, request by request; an exact path is no folder. */
function isFolder({ internal, match }: OwnedLocation): boolean {
  return !internal && (match === 'prefix' || match === 'prefix-only');
}

function withSlash(path: string): string {
  return path.endsWith('/') ? path : `${path}/`;
}
