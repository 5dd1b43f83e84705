/** What counts of a location when it is asked whose a path is. */
export interface OwnedLocation {
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
  const outside = site.locations.filter(({ internal }) => !internal);
  if (outside.some((location) => location.static !== null && withSlash(location.path) === path)) return false;
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
      !location.internal &&
      path.startsWith(location.static === null ? location.path : withSlash(location.path)),
  );
}

function withSlash(path: string): string {
  return path.endsWith('/') ? path : `${path}/`;
}
