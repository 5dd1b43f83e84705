/** What is known of an encrypted connection. Computed when it is asked for, and kept. */
export interface TlsInfo {
  /** `TLSv1.3`. */
  readonly version: string;
  /** As it stands on the wire: 0x0304 is TLS 1.3. */
  readonly versionNumber: number;
  /** As OpenSSL calls it: `TLS_AES_256_GCM_SHA384`, `ECDHE-RSA-AES128-GCM-SHA256`. */
  readonly cipher: string;
  /** As it stands on the wire; null: not known. */
  readonly cipherNumber: number | null;
  /** The name that the client asked for (SNI), in lower case; empty: none. */
  readonly serverName: string;
  /** PEM: the certificate that the client was shown; empty: not known. */
  readonly serverCertificate: string;
  /** The session is that of an earlier connection. */
  readonly resumed: boolean;
  /** What its client was asked for: the name of a rule of sites; empty: what the server asks for. */
  readonly clientRule: string;
  /** Null: the client showed none. */
  readonly client: ClientCertificate | null;
  /** Why nothing of this client may be answered: it has to show a certificate, or another one. Empty: it may. */
  readonly refusal: string;
}

/** The certificate of a client. Texts are those of the certificate: whoever signed it vouches for them, if it is verified. */
export interface ClientCertificate {
  /** Why it cannot be trusted; empty: `client_ca` signed it. */
  readonly error: string;
  /** Distinguished names as RFC 4514 writes them. */
  readonly subject: string;
  readonly issuer: string;
  /** Hexadecimal. */
  readonly serial: string;
  /** As OpenSSL writes them: `Nov 21 18:00:00 2026 GMT`. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** PEM: its own first, then those that the client sent along. */
  readonly chain: readonly string[];
}
