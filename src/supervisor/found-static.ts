import type { Settings } from '../config/options.ts';
import { isAppsOwn, type OwnedSite } from '../routing/app-paths.ts';
import type { DjangoStatic } from '../wire/control.ts';
import { bareLocation, type GatewayLocation, type StaticSpec } from '../wire/site-spec.ts';

/** The settings that decide what is made of it. */
export type FoundStaticSettings = Pick<
  Settings,
  | 'django_static'
  | 'static_insecure'
  | 'media'
  | 'static_roots'
  | 'static_expires'
  | 'compress_static'
  | 'compress'
>;

/** What else has to be known of an app and its site. */
export interface FoundStaticContext {
  readonly app: string;
  readonly rootPath: string;
  readonly settings: FoundStaticSettings;
  /** Of `static_roots`, absolute. */
  readonly staticRoots: readonly string[];
  /** Where the server is told to send requests. */
  readonly sites: readonly OwnedSite[];
}

/** Files that an app told about. */
export interface FoundFiles {
  readonly kind: 'static' | 'media';
  /** Begins and ends with a slash. */
  readonly path: string;
  readonly spec: StaticSpec;
}

/**
 * The files of a Django project that are served without asking it. Only below paths whose requests the app would get in some site: a location that the
 * operator configured counts more than what an app says.
 */
export function foundFiles(said: DjangoStatic | null, context: FoundStaticContext): readonly FoundFiles[] {
  const { settings } = context;
  if (said === null || !settings.django_static) return [];
  const found: FoundFiles[] = [];
  if (said.staticfiles) {
    const spec = staticSpec(said, context);
    if (spec.roots.length > 0)
      for (const path of pathsOf(said.static_url, context)) found.push({ kind: 'static', path, spec });
  }
  if (settings.media && said.media_root !== '') {
    const spec = mediaSpec(said, settings);
    for (const path of pathsOf(said.media_url, context)) found.push({ kind: 'media', path, spec });
  }
  return found;
}

/** The same as the gateways are told. */
export function foundLocations(
  said: DjangoStatic | null,
  context: FoundStaticContext,
): readonly GatewayLocation[] {
  return foundFiles(said, context).map(({ path, spec }) => ({
    ...bareLocation(path, context.app),
    static: spec,
    compress: context.settings.compress,
  }));
}

/**
 * The paths of a URL setting. One that is relative is meant below the app's root path; a proxy may have taken that away, so
 * both are served. None when they are not the app's, or are the whole site.
 */
export function pathsOf(url: string | null, context: FoundStaticContext): readonly string[] {
  if (url === null || url === '' || url === '/') return [];
  const folder = url.endsWith('/') ? url : `${url}/`;
  const paths = folder.startsWith('/')
    ? [folder]
    : [...new Set([`${context.rootPath.replace(/\/+$/, '')}/${folder}`, `/${folder}`])];
  return paths.filter((path) => context.sites.some((site) => isAppsOwn(path, context.app, site)));
}

function withSlash(path: string): string {
  return path.endsWith('/') ? path : `${path}/`;
}

/** What does not come from the app. */
const COMMON = {
  index: [],
  listing: false,
  symlinks: 'inside',
  dotfiles: false,
  precompressed: true,
} as const satisfies Partial<StaticSpec>;

function staticSpec(said: DjangoStatic, { settings, staticRoots }: FoundStaticContext): StaticSpec {
  const { debug, static_root: root } = said;
  const looking = debug || (settings.static_insecure && said.finders.length > 0);
  // While an app is developed its files are where the finders look, and nowhere else, as with runserver: what was
  // collected is a copy, which would hide that a file is gone or lies in the wrong place.
  const own = looking
    ? said.finders.map(([prefix, dir]) => ({ dir, prefix: prefix === '' ? '' : withSlash(prefix) }))
    : root === ''
      ? []
      : [{ dir: root, prefix: '' }];
  // Somebody else knows more places to look in, so a miss is not the last word.
  const askApp = said.whitenoise || (looking && said.opaque);
  return {
    ...COMMON,
    roots: [...own, ...staticRoots.map((dir) => ({ dir, prefix: '' }))],
    tryFiles: ['$uri', askApp ? '@app' : '=404'],
    compress: settings.compress_static,
    // A change has to be seen at the next reload of the page, whatever the name looks like.
    expires: looking ? 0 : settings.static_expires,
    immutable: !looking,
    manifest: said.manifest,
    media: false,
    debug,
  };
}

function mediaSpec(said: DjangoStatic, settings: FoundStaticSettings): StaticSpec {
  return {
    ...COMMON,
    roots: [{ dir: said.media_root, prefix: '' }],
    tryFiles: ['$uri', '=404'],
    compress: settings.compress_static,
    expires: said.debug ? 0 : settings.static_expires,
    // The names are those of uploads: whoever chose them may have made them look like anything.
    immutable: false,
    manifest: '',
    media: true,
    debug: said.debug,
  };
}
