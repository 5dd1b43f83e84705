/** RFC 8737, section 6.2, as a name in the list of ALPN: its length, then the protocol. */
const CHALLENGE_PROTOCOL = Buffer.from('\u000aacme-tls/1', 'latin1');
const RECORD_HEADER_BYTES = 5;
/** RFC 8446, section 5.1. */
const RECORD_BYTES_MAX = 16_384;
const HANDSHAKE_RECORD = 0x16;

/**
 * Whether the first bytes of a connection are those of a certificate authority that looks at a tls-alpn-01 challenge; `more`: not to be told
 * before there are more of them. Nobody else asks for that protocol, and a client that only mentions it somewhere gets what it mentions.
 */
export function asksForChallenge(first: Buffer): boolean | 'more' {
  if (first[0] !== HANDSHAKE_RECORD) return false;
  if (first.includes(CHALLENGE_PROTOCOL)) return true;
  if (first.length < RECORD_HEADER_BYTES) return 'more';
  const length = first.readUInt16BE(3);
  return length <= RECORD_BYTES_MAX && first.length < RECORD_HEADER_BYTES + length ? 'more' : false;
}
