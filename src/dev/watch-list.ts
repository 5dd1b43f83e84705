import { basename, extname, join, relative, sep } from 'node:path';
import { globExpression } from './glob.ts';

/** What a change of a file means: the code is another; somebody in the app wants to hear of it; a page looks different. */
export type ChangeKind = 'code' | 'asked' | 'style' | 'asset';

export interface WatchListOptions {
  /** Folders of the apps, absolute. */
  readonly projects: readonly string[];
  /** Further files and folders whose change restarts, absolute. */
  readonly extra: readonly string[];
  /** Whether style sheets, scripts and pictures count. */
  readonly assets: boolean;
}

/** Knows the files that an app is made of, and what a change of each means. Touches no file itself. */
export class WatchList {
  readonly #options: WatchListOptions;
  readonly #modules = new Set<string>();
  readonly #globs: { readonly folder: string; readonly fits: RegExp }[] = [];
  /** The app could not be loaded: whatever is written in the project may mend it. */
  anything = false;

  constructor(options: WatchListOptions) {
    this.#options = options;
  }

  /** Gives the folders to watch for them. */
  addFiles(files: readonly string[]): readonly string[] {
    const folders = new Set<string>();
    for (const file of files) {
      this.#modules.add(file);
      folders.add(file.slice(0, Math.max(1, file.lastIndexOf(sep))));
    }
    return [...folders];
  }

  addGlob(folder: string, glob: string): void {
    this.#globs.push({ folder, fits: globExpression(glob) });
  }

  /** The module files below a folder. */
  below(folder: string): readonly string[] {
    const begin = join(folder, sep);
    return [...this.#modules].filter((file) => file.startsWith(begin));
  }

  isModule(path: string): boolean {
    return this.#modules.has(path);
  }

  /** Null: nothing follows from a change of it. */
  kindOf(path: string): ChangeKind | null {
    if (this.#modules.has(path) || this.#isExtra(path)) return 'code';
    if (this.anything && MENDING.has(extname(path)) && this.#isOfProject(path)) return 'code';
    if (IGNORED.test(basename(path))) return null;
    if (this.#globs.some(({ folder, fits }) => isBelow(path, folder) && fits.test(slashed(path, folder))))
      return 'asked';
    if (!this.#isOfProject(path)) return null;
    if (this.#globs.length === 0 && TEMPLATE_FOLDER.test(path)) return 'code';
    if (!this.#options.assets) return null;
    const extension = extname(path).toLowerCase();
    return extension === '.css' ? 'style' : ASSETS.has(extension) ? 'asset' : null;
  }

  /** Whether `kindOf` may have an answer now or later, told by the name alone. */
  mayMatter(path: string): boolean {
    const extension = extname(path).toLowerCase();
    return (
      LIVE_EXTENSIONS.has(extension) || MENDING.has(extension) || ASSETS.has(extension) || this.#isExtra(path)
    );
  }

  #isOfProject(path: string): boolean {
    return this.#options.projects.some((folder) => isBelow(path, folder));
  }

  #isExtra(path: string): boolean {
    return this.#options.extra.some(
      (one) => path === one || (isBelow(path, one) && !IGNORED.test(basename(path))),
    );
  }
}

/** What people write to make an app work again. */
const MENDING = new Set(['.py', '.env', '.toml', '.ini', '.cfg', '.json', '.yaml', '.yml']);
const ASSETS = new Set(
  '.js .mjs .html .svg .png .jpg .jpeg .gif .webp .avif .ico .woff .woff2 .json'.split(' '),
);
const LIVE_EXTENSIONS = new Set('.css .htm .jinja .jinja2 .j2 .txt .xml .mako .mo .so .pyd .zip'.split(' '));
/** Swap files, backups and what Python compiles. */
const IGNORED = /^\.|~$|^#.*#$|\.(?:pyc|pyo|swp|swx|tmp)$|^4913$|___jb_/;
/** Frameworks that are not Django keep templates in memory, too, and are not told of changes. */
const TEMPLATE_FOLDER = /\/templates\/.*\.(?:html?|jinja2?|j2|txt|xml|mako)$/;

function isBelow(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}

function slashed(path: string, folder: string): string {
  return relative(folder, path).replaceAll(sep, '/');
}
