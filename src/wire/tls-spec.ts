/** What gateways need for TLS, as content: they may run as somebody who can read none of the files. */
export interface TlsSpec {
  /** The first is for clients that ask for none of the names. */
  readonly certificates: readonly CertificateSpec[];
  /** Names that a certificate is ordered for: who asks for one of them before it is there is shown no other in its place. */
  readonly orderedNames: readonly string[];
  /** PEM: the authorities of client certificates; empty: none. */
  readonly clientCa: string;
  /** What sites ask of their clients in the place of what the server asks. */
  readonly clientRules: readonly ClientRule[];
  /** Base64 of 48 bytes, the same for all gateways; empty: no session is resumed. */
  readonly ticketKey: string;
}

export interface CertificateSpec {
  /** PEM: the certificate, then those that signed it. */
  readonly chain: string;
  /** PEM. */
  readonly key: string;
}

export type ClientVerify = 'off' | 'optional' | 'required';

/** Which certificates clients show. */
export interface ClientRule {
  /** What sites know it by; empty: it is the server's. */
  readonly name: string;
  readonly verify: ClientVerify;
  /** PEM; empty: none. */
  readonly ca: string;
}
