import { createHash, createHmac, createPublicKey, type KeyObject, sign } from 'node:crypto';

/** The public half of a P-256 key, in the order of RFC 7638. */
export interface Jwk {
  readonly crv: 'P-256';
  readonly kty: 'EC';
  readonly x: string;
  readonly y: string;
}

export function jwkOf(key: KeyObject): Jwk {
  const { x = '', y = '' } = createPublicKey(key).export({ format: 'jwk' });
  return { crv: 'P-256', kty: 'EC', x, y };
}

/** RFC 7638: SHA-256 of the members in lexical order. */
export function thumbprint(key: KeyObject): string {
  return createHash('sha256')
    .update(JSON.stringify(jwkOf(key)))
    .digest('base64url');
}

/** What a challenge is to be answered with (RFC 8555, section 8.1). */
export function keyAuthorization(token: string, key: KeyObject): string {
  return `${token}.${thumbprint(key)}`;
}

/**
 * A request in the form of RFC 8555, section 6.2: flattened JSON, ES256.
 * @param kid URL of the account; null: the key itself is named. @param payload null: POST-as-GET.
 */
export function signedRequest(
  key: KeyObject,
  header: { readonly url: string; readonly nonce: string; readonly kid: string | null },
  payload: unknown,
): string {
  const { url, nonce, kid } = header;
  const who = kid === null ? { jwk: jwkOf(key) } : { kid };
  const protectedText = encode({ alg: 'ES256', ...who, nonce, url });
  const text = payload === null ? '' : encode(payload);
  const signature = sign('sha256', Buffer.from(`${protectedText}.${text}`), {
    key,
    dsaEncoding: 'ieee-p1363',
  });
  return JSON.stringify({
    protected: protectedText,
    payload: text,
    signature: signature.toString('base64url'),
  });
}

/** RFC 8555, section 7.3.4: the authority's own key vouches for the new account. @param secret base64url. */
export function externalBinding(key: KeyObject, kid: string, secret: string, url: string): unknown {
  const protectedText = encode({ alg: 'HS256', kid, url });
  const payload = encode(jwkOf(key));
  const signature = createHmac('sha256', Buffer.from(secret, 'base64url'))
    .update(`${protectedText}.${payload}`)
    .digest('base64url');
  return { protected: protectedText, payload, signature };
}

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
