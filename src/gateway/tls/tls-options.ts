import { constants, createHash } from 'node:crypto';
import type { SecureContextOptions, SecureVersion, TlsOptions } from 'node:tls';
import type { Settings } from '../../config/options.ts';
import type { ClientRule } from '../../wire/tls-spec.ts';

/** TLS 1.2: forward secrecy and authenticated encryption only. */
const CIPHERS_12 = [
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
];
const CIPHERS_13 = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];

/** How connections are encrypted, whatever the certificate. */
export function cipherOptions(settings: Settings): SecureContextOptions {
  const { tls_profile: profile, tls_min_version: least, tls_ciphers: ciphers } = settings;
  const minVersion: SecureVersion =
    least === '1.3' || (least === 'profile' && profile === 'modern') ? 'TLSv1.3' : 'TLSv1.2';
  return {
    minVersion,
    ciphers: ciphers === '' ? [...CIPHERS_13, ...CIPHERS_12].join(':') : ciphers,
    honorCipherOrder: true,
    // A phone without AES in hardware puts ChaCha20 first, and gets it.
    secureOptions:
      constants.SSL_OP_NO_RENEGOTIATION |
      constants.SSL_OP_PRIORITIZE_CHACHA |
      (settings.tls_ticket_rotation === 0 ? constants.SSL_OP_NO_TICKET : 0),
  };
}

/** Whose client certificates are believed. */
export function authorities({ ca }: ClientRule): SecureContextOptions {
  return ca === '' ? {} : { ca };
}

const LATER_MS = 10_000;

/** What the server asks of its clients, and how they come again. */
export function sessionOptions(
  settings: Settings,
  ticketKey: string,
  { verify, ca }: ClientRule,
): TlsOptions {
  return {
    requestCert: verify !== 'off',
    // They are told why, in HTTP, instead of being cut off: see tls-guard.
    rejectUnauthorized: false,
    ...(ticketKey === '' ? {} : { ticketKeys: Buffer.from(ticketKey, 'base64') }),
    // A session from where, or when, other authorities were trusted is none here.
    sessionIdContext: createHash('sha256').update(`${verify} ${ca}`).digest('hex').slice(0, 32),
    // Handshakes has the deadline that counts; this one only has to be later.
    handshakeTimeout: settings.tls_handshake_timeout * 1000 + LATER_MS,
  };
}
