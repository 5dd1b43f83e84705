import { hasHashedName } from './hashed-name.ts';
import { Manifest } from './manifest.ts';

/** Which files may be kept for ever, because other contents would have another name. */
export class HashedNames {
  readonly #manifest: Manifest | null;

  /**
   * @param manifest absolute path of Django's staticfiles.json; '' none.
   * @param broken is told what is wrong with it when it changes to a broken one.
   */
  constructor(manifest: string, broken: ((fault: string) => void) | null = null) {
    this.#manifest = manifest === '' ? null : new Manifest(manifest, undefined, broken);
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
