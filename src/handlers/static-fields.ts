import { HashedNames } from '../files/hashed-names.ts';
import type { FileEntry } from '../files/file-entry.ts';
import { isCompressible } from '../http/compressible.ts';
import type { Coding } from '../http/accept-encoding.ts';
import type { StaticSpec } from '../wire/site-spec.ts';

const YEAR_SECONDS = 31_536_000;
/** What a browser runs or lays out as a page of the site that it came from. */
const ACTIVE_TYPE =
  /^(?:text\/(?:html|xml|javascript)|application\/(?:[a-z.+-]*xml|javascript|pdf)|image\/svg\+xml)\b/;

/** The header fields of a location's files, but for type, length and ranges. */
export class StaticFields {
  readonly #spec: StaticSpec;
  readonly #hashed: HashedNames;

  /** @param broken is told what is wrong when Django's manifest changes to a broken one. */
  constructor(spec: StaticSpec, broken: (fault: string) => void) {
    this.#spec = spec;
    this.#hashed = new HashedNames(spec.manifest, spec.debug ? null : broken);
  }

  /** Another number: fields that were made before may be others now. */
  get version(): number {
    return this.#hashed.version;
  }

  of(name: string, entry: FileEntry, coding: Coding | null): readonly string[] {
    const fields = ['ETag', entry.etag, 'Last-Modified', entry.lastModified];
    const life = this.#cacheControl(name);
    if (life !== '') fields.push('Cache-Control', life);
    if (coding !== null) fields.push('Content-Encoding', coding);
    if (
      coding !== null ||
      entry.codings.length > 0 ||
      (this.#spec.compress && isCompressible(entry.contentType))
    )
      fields.push('Vary', 'Accept-Encoding');
    if (this.#spec.media) fields.push(...untrusted(entry.contentType));
    return fields;
  }

  #cacheControl(name: string): string {
    const { expires, immutable, media } = this.#spec;
    // The names of uploads are chosen by strangers, and say nothing of what is in them.
    if (immutable && !media && this.#hashed.has(name)) return `public, max-age=${YEAR_SECONDS}, immutable`;
    if (expires === -1) return '';
    return expires === 0 ? 'no-cache' : `max-age=${expires}, must-revalidate`;
  }
}

/** Uploads of strangers: the type is what we say, and nothing of them runs with the rights of the site. */
function untrusted(contentType: string): readonly string[] {
  const fields = [
    'X-Content-Type-Options',
    'nosniff',
    'Content-Security-Policy',
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; media-src 'self'; sandbox",
  ];
  return ACTIVE_TYPE.test(contentType) ? [...fields, 'Content-Disposition', 'attachment'] : fields;
}
