import { readPeerUrl, type PeerUrl } from './peer-url.ts';

/** What `proxy` of a location says. */
export interface ProxyTarget {
  /** Name of an upstream, perhaps; a host could have the same. Null: only a URL can be meant. */
  readonly name: string | null;
  /** Null: only a name can be meant. */
  readonly url: PeerUrl | null;
  /** What stands in the place of the location's path; null: the path stays. */
  readonly prefix: string | null;
}

const NAME = /^[A-Za-z][A-Za-z0-9_-]{0,31}$/;

/** Reads the URL of a server, the name of an upstream, or `http://NAME/path`, as nginx has it. Throws ConfigError. */
export function readProxyTarget(text: string): ProxyTarget {
  if (NAME.test(text)) return { name: text, url: null, prefix: null };
  const url = readPeerUrl(text);
  const authority = /^http:\/\/([A-Za-z][A-Za-z0-9_-]{0,31})(?:\/|$)/i.exec(text)?.[1] ?? null;
  return { name: authority, url, prefix: url.path };
}
