import { X509Certificate } from 'node:crypto';
import type { SecureContext, SecureContextOptions } from 'node:tls';
import { namesFor, namesOf } from '../../certificates/names.ts';
import type { CertificateSpec } from '../../wire/tls-spec.ts';

/** Certificates of the same names, with keys of different kinds: OpenSSL takes the one that the client can verify. */
interface Identity {
  readonly names: readonly string[];
  readonly kinds: Set<string>;
  readonly certificates: CertificateSpec[];
}

/** All certificates of the server, by the names that they are for. */
export class CertificateTable {
  /** For clients that ask for none of the names: the first one's. */
  readonly main: SecureContextOptions;
  readonly #contexts = new Map<string, SecureContext>();
  readonly #names: ReadonlySet<string>;
  readonly #single: boolean;

  /**
   * @param common what every context has. The authorities of clients have to be among it: OpenSSL takes them from the context that was chosen, and
   * Node gives one without any those that the whole world trusts.
   */
  constructor(certificates: readonly CertificateSpec[], common: SecureContextOptions) {
    const identities = identitiesOf(certificates);
    this.main = { ...common, ...contents(identities[0]) };
    this.#names = new Set(identities.flatMap(({ names }) => names));
    this.#single = identities.length <= 1;
    if (this.#single) return;
    const { createSecureContext } = process.getBuiltinModule('node:tls');
    for (const identity of identities) {
      const context = createSecureContext({ ...common, ...contents(identity) });
      for (const name of identity.names) if (!this.#contexts.has(name)) this.#contexts.set(name, context);
    }
  }

  /** Whether there is nothing to choose. */
  get single(): boolean {
    return this.#single;
  }

  /** Whether one of them is for this host. */
  knows(host: string): boolean {
    return namesFor(host).some((name) => this.#names.has(name));
  }

  /** Null: the main one's. An exact name counts more than a wildcard, and of two the first. */
  find(host: string): SecureContext | null {
    for (const name of namesFor(host)) {
      const context = this.#contexts.get(name);
      if (context !== undefined) return context;
    }
    return null;
  }
}

function identitiesOf(certificates: readonly CertificateSpec[]): readonly Identity[] {
  const identities: Identity[] = [];
  for (const certificate of certificates) {
    const leaf = new X509Certificate(certificate.chain);
    const names = namesOf(leaf);
    const kind = leaf.publicKey.asymmetricKeyType ?? '';
    const twin = identities.find((one) => one.names.join() === names.join() && !one.kinds.has(kind));
    if (twin === undefined) identities.push({ names, kinds: new Set([kind]), certificates: [certificate] });
    else {
      twin.kinds.add(kind);
      twin.certificates.push(certificate);
    }
  }
  return identities;
}

function contents(identity: Identity | undefined): SecureContextOptions {
  const certificates = identity?.certificates ?? [];
  return { cert: certificates.map(({ chain }) => chain), key: certificates.map(({ key }) => key) };
}
