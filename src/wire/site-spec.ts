/** Sites and locations, as the gateways are told them. */
import type { AccessSpec } from './access-spec.ts';
import type { ProxySpec } from './proxy-spec.ts';
import type { ClientVerify } from './tls-spec.ts';

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

/** Sends clients elsewhere. */
export interface RedirectSpec {
  /** With variables; see routing/template. */
  readonly to: string;
  readonly status: number;
}

/** One answer for all. */
export interface RespondSpec {
  /** 444: the connection is ended without an answer. */
  readonly status: number;
  readonly text: string;
  /** Absolute path of a file to be sent in the place of `text`; empty: none. */
  readonly file: string;
  readonly contentType: string;
}

/** When clients get 503 in the place of an answer. Paths are absolute; empty: none. */
export interface MaintenanceSpec {
  readonly on: boolean;
  /** While it exists it is on, too. */
  readonly file: string;
  readonly page: string;
  /** Clients that are served all the same: addresses, networks, `unix`. */
  readonly allow: readonly string[];
  /** For Retry-After, seconds; 0: nothing is said. */
  readonly retrySeconds: number;
}

/** Who answers some paths of a site: one of `static`, `redirect` and `respond`; where all are null, the app. */
export interface GatewayLocation {
  /** How `path` is compared: the path of a request begins with it, is it, or fits it. See routing/location-choice. */
  readonly match: 'prefix' | 'exact' | 'prefix-only' | 'regex';
  /** One character for each byte; of a regular expression, one for each character. */
  readonly path: string;
  /** Name of the app that answers, or that `@app` means. */
  readonly app: string;
  /** It only says more of requests that `app` answers: files that the app told about may lie at this very path. */
  readonly leavesAnswer: boolean;
  readonly static: StaticSpec | null;
  /** Null: nothing is passed on to another server. */
  readonly proxy: ProxySpec | null;
  readonly redirect: RedirectSpec | null;
  readonly respond: RespondSpec | null;
  /** What the path is changed into before it is answered, with variables; empty: nothing. */
  readonly rewrite: string;
  /** Clients get 503 whatever the site says, or never; null: as the site. */
  readonly maintenance: boolean | null;
  /** The app is mounted at `path`: for it the path begins after it. */
  readonly mount: boolean;
  /** Of a request body; 0: no limit, null: as elsewhere. */
  readonly bodyBytesMax: number | null;
  /** Longest silence within a request body, milliseconds; null: as elsewhere. */
  readonly bodyMs: number | null;
  /** Slowest average rate of a request body, bytes per second, 0: any; null: as elsewhere. */
  readonly bodyRateMin: number | null;
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

/** What a site says of encryption. */
export interface SiteTlsSpec {
  /** Whether plain HTTP is sent to https; null: as the server does. */
  readonly httpsRedirect: boolean | null;
  /** Strict-Transport-Security, seconds; -1: none, null: as the server does. */
  readonly hsts: number | null;
  /** Which certificates its clients show: the name of a ClientRule; empty: those that the server asks for. */
  readonly clientRule: string;
  readonly clientVerify: ClientVerify;
}

/** What is said of requests for some hosts. */
export interface GatewaySite {
  /** In lower case, `*.` before the end of names. */
  readonly hosts: readonly string[];
  /** It answers for hosts that no site names; at most one does. */
  readonly isDefault: boolean;
  /** Name of the app that answers where no location fits; null: nobody does. */
  readonly app: string | null;
  readonly tls: SiteTlsSpec;
  /** The longest path first, then regular expressions in the order in which they are tried. */
  readonly locations: readonly GatewayLocation[];
  readonly maintenance: MaintenanceSpec;
  /** As those of a location, where none fits. */
  readonly headers: readonly string[];
  readonly errorPages: Readonly<Record<string, string>>;
  readonly access: AccessSpec | null;
}

/** A location of which nothing is said but who answers. */
export function bareLocation(path: string, app: string): GatewayLocation {
  return {
    match: 'prefix',
    path,
    app,
    leavesAnswer: false,
    static: null,
    proxy: null,
    redirect: null,
    respond: null,
    rewrite: '',
    maintenance: null,
    mount: false,
    bodyBytesMax: null,
    bodyMs: null,
    bodyRateMin: null,
    internal: false,
    compress: 'off',
    requestMs: null,
    headers: [],
    errorPages: {},
    access: null,
  };
}
