import { PathPattern } from './path-pattern.ts';

/** How `path` of a location is compared with that of a request. */
export type LocationMatch = 'prefix' | 'exact' | 'prefix-only' | 'regex';

/** What a location is chosen by. Paths are compared byte for byte, one character for each. */
export interface ChoosableLocation {
  readonly match: LocationMatch;
  readonly path: string;
  /** Of a prefix: a path that is meant although it does not begin with `path`: the folder's name without its slash. Empty: none. */
  readonly bare: string;
  /** Of `regex` only. */
  readonly pattern: PathPattern | null;
}

/**
 * Chooses a location by the path of a request, as nginx does: the exact path; else the longest prefix, if it is `prefix-only`; else the first
 * regular expression that fits, in the order they are given; else that longest prefix. Several slashes in a row count as one, so that `//admin` is
 * no way around what is said of `/admin`: many a server behind this one takes both for the same. A location that has `//` itself is asked about
 * the path as it is.
 */
export class LocationChoice<T extends ChoosableLocation> {
  readonly #exact = new Map<string, T>();
  readonly #prefixes: readonly T[];
  readonly #patterns: readonly T[];

  constructor(locations: readonly T[]) {
    for (const location of locations)
      if (location.match === 'exact' && !this.#exact.has(location.path))
        this.#exact.set(location.path, location);
    this.#prefixes = locations
      .filter(({ match }) => match === 'prefix' || match === 'prefix-only')
      .toSorted((a, b) => b.path.length - a.path.length);
    this.#patterns = locations.filter(({ match }) => match === 'regex');
  }

  /** Null: none fits. */
  choose(path: string): T | null {
    if (path.includes('//')) return this.#chooseRepeated(path);
    // OPTIONS for the server as a whole: what is said of all paths is said of it.
    if (path === '*') return this.choose('/');
    if (this.#exact.size > 0) {
      const exact = this.#exact.get(path);
      if (exact !== undefined) return exact;
    }
    let longest: T | null = null;
    for (const location of this.#prefixes)
      if (path.startsWith(location.path) || path === location.bare) {
        longest = location;
        break;
      }
    if (this.#patterns.length === 0 || longest?.match === 'prefix-only') return longest;
    for (const location of this.#patterns) if (fits(location, path)) return location;
    return longest;
  }

  /** The same, for a path with `//`. */
  #chooseRepeated(path: string): T | null {
    const merged = mergeSlashes(path);
    const isFor = (location: T): boolean => fits(location, location.path.includes('//') ? path : merged);
    const exact = [...this.#exact.values()].find(isFor);
    if (exact !== undefined) return exact;
    const longest = this.#prefixes.find(isFor) ?? null;
    if (longest?.match === 'prefix-only') return longest;
    return this.#patterns.find(isFor) ?? longest;
  }
}

/** The path as the location that was chosen for it is to see it: as it is, where it fits so, else without repeated slashes. */
export function pathFor(location: ChoosableLocation, path: string): string {
  return !path.includes('//') || fits(location, path) ? path : mergeSlashes(path);
}

/** What a location is chosen by. @param folder it is meant whole or not at all: /static never means /static-of-others. */
export function choosable(match: LocationMatch, path: string, folder: boolean): ChoosableLocation {
  if (match === 'regex') return { match, path, bare: '', pattern: new PathPattern(path) };
  const whole = folder && match !== 'exact';
  return { match, pattern: null, ...(whole ? asFolder(path) : { path, bare: '' }) };
}

/** Whether the location would answer the path if there were no other. */
export function fits(location: ChoosableLocation, path: string): boolean {
  if (location.match === 'exact') return path === location.path;
  if (location.match === 'regex') return location.pattern?.fits(path) ?? false;
  return path.startsWith(location.path) || path === location.bare;
}

/** What a folder of files, or an app that is mounted, is meant by: itself and what is below, never what only begins like it. */
export function asFolder(path: string): { readonly path: string; readonly bare: string } {
  const folder = path.endsWith('/') ? path : `${path}/`;
  return { path: folder, bare: folder.slice(0, -1) };
}

function mergeSlashes(path: string): string {
  return path.replace(/\/{2,}/g, '/');
}
