/** What is known of a certificate that is looked after: plain JSON, for `licorne status`. Times in milliseconds since 1970. */
export interface CertificateStatus {
  /** Those it shall have. */
  readonly names: readonly string[];
  /** What is shown; null: nothing yet. */
  readonly certificate: {
    readonly names: readonly string[];
    readonly issuer: string;
    readonly serial: string;
    readonly notBefore: number;
    readonly notAfter: number;
  } | null;
  /** Null: there is none to renew. */
  readonly renewAt: number | null;
  /** It is being ordered now. */
  readonly ordering: boolean;
  /** Why the last order failed; null: it did not. */
  readonly error: string | null;
  /** When it is ordered; null: none is needed now. */
  readonly tryAt: number | null;
}
