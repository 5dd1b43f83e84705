import { hasHashedName } from './hashed-name.ts';
import { Manifest } from './manifest.ts';

/** Which files may be kept for ever, because other contents would have another name. */
export class HashedNames {
  readonly #manifest: Manifest | null;

  /** @param manifest absolute path of Django's staticfiles.json; '' none. */
  constructor(manifest: string) {
    this.#manifest = manifest === '' ? null : new Manifest(manifest);
    // Most often it has been read before the first request comes.
    this.#manifest?.refresh();
  }

  /** Becomes another number when other names are known. */
  get version(): number {
    return this.#manifest?.version ?? 0;
  }

  /** `name`: below the root, one latin-1 code point a byte. */
  has(name: string): boolean {
    return hasHashedName(name) || (this.#manifest?.isImmutable(name) ?? false);
  }
}
