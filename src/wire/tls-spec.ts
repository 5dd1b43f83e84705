/** What gateways need for TLS, as content: they may run as somebody who can read none of the files. */
export interface TlsSpec {
  /** The first is for clients that ask for none of the names. */
  readonly certificates: readonly CertificateSpec[];
  /** PEM: the authorities of client certificates; empty: none. */
  readonly clientCa: string;
  /** Base64 of 48 bytes, the same for all gateways; empty: no session is resumed. */
  readonly ticketKey: string;
}

export interface CertificateSpec {
  /** PEM: the certificate, then those that signed it. */
  readonly chain: string;
  /** PEM. */
  readonly key: string;
}
