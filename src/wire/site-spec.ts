/** Sites and locations, as the gateways are told them. */
import type { AccessSpec } from './access-spec.ts';
import type { ProxySpec } from './proxy-spec.ts';

/** Files that a location serves. All paths are absolute. */
export interface StaticSpec {
  /** Looked through in this order. Below a root with a `prefix` lie only the names that begin with it, and it is cut off. */
  readonly roots: readonly { readonly dir: string; readonly prefix: string }[];
  /** Names of files that stand for their folder. */
  readonly index: readonly string[];
  /** `$uri`, `$uri/`, `$uri.html`, `/index.html`; the last may be `@app` or `=404`. */
  readonly tryFiles: readonly string[];
  /** A folder without an index file is listed. */
  readonly listing: boolean;
  /** Where symbolic links may lead: to somewhere inside a root, anywhere, nowhere. */
  readonly symlinks: 'inside' | 'follow' | 'refuse';
  /** Whether names that begin with a dot are served; `.well-known` always is. */
  readonly dotfiles: boolean;
  /** Whether `.br`, `.zst` and `.gz` beside a file are its compressed forms. */
  readonly precompressed: boolean;
  /** Whether small files are compressed in memory. */
  readonly compress: boolean;
  /** How long a client may keep a file whose name has no hash of its content, seconds; 0: `no-cache`, -1: nothing is said. */
  readonly expires: number;
  /** Whether names with a hash of their content may be kept for a year. */
  readonly immutable: boolean;
  /** Django's staticfiles.json; empty: none. */
  readonly manifest: string;
  /** The files come from strangers: nothing of them may run in the site's name. */
  readonly media: boolean;
  /** A 404 tells where was looked. */
  readonly debug: boolean;
}

/** What answers the paths that begin with `path`. */
export interface GatewayLocation {
  readonly path: string;
  /** Name of the app that answers, or that `@app` means. */
  readonly app: string;
  /** Null: the app answers all. */
  readonly static: StaticSpec | null;
  /** Null: nothing is passed on to another server. */
  readonly proxy: ProxySpec | null;
  /** Reached through X-Accel-Redirect only. */
  readonly internal: boolean;
  /** Whether the app's responses are compressed: no, only where no credentials are about, or always. */
  readonly compress: 'off' | 'safe' | 'on';
  /** What the app has for a request here, milliseconds; 0: no limit, null: as it has elsewhere. */
  readonly requestMs: number | null;
  /** Flat name, value: added to every response, those of the site included; an empty value removes a header. */
  readonly headers: readonly string[];
  /** Pages in the place of our own, those of the site included: a status or `4xx` and `5xx`, and a file. */
  readonly errorPages: Readonly<Record<string, string>>;
  /** Who may ask, what the site says included; null: everybody. */
  readonly access: AccessSpec | null;
}

/** What is said of requests for some hosts. */
export interface GatewaySite {
  /** In lower case, `*.` before the end of names. */
  readonly hosts: readonly string[];
  /** It answers for hosts that no site names; at most one does. */
  readonly isDefault: boolean;
  /** Name of the app that answers where no location fits; null: nobody does. */
  readonly app: string | null;
  /** The longest path first. */
  readonly locations: readonly GatewayLocation[];
  /** As those of a location, where none fits. */
  readonly headers: readonly string[];
  readonly errorPages: Readonly<Record<string, string>>;
  readonly access: AccessSpec | null;
}

/** A location of which nothing is said but who answers. */
export function bareLocation(path: string, app: string): GatewayLocation {
  return {
    path,
    app,
    static: null,
    proxy: null,
    internal: false,
    compress: 'off',
    requestMs: null,
    headers: [],
    errorPages: {},
    access: null,
  };
}
