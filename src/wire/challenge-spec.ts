/** How gateways show a certificate authority that names lead here (RFC 8555, RFC 8737). */
export interface ChallengeSpec {
  /** Token, and the text that answers it under /.well-known/acme-challenge/. */
  readonly http: readonly (readonly [token: string, answer: string])[];
  /** Name in lower case, and what is shown to whoever asks for `acme-tls/1` under it. */
  readonly tls: readonly (readonly [name: string, pair: { readonly chain: string; readonly key: string }])[];
}
