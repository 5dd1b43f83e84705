const HANDSHAKE_RECORD = 0x16;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const HOST_NAME = 0;
const RECORD_HEADER_BYTES = 5;
/** RFC 8446, section 5.1. */
const RECORD_BYTES_MAX = 16_384;
/** Of a ClientHello (RFC 8446, section 4.1.2), before its session id: type and length of the message, version, random. */
const FIXED_BYTES = 4 + 2 + 32;

/**
 * The name that a client asks for (RFC 6066, section 3), in lower case, from the first bytes of its connection; empty: none, or none that stands in one
 * record; null: not to be told before there are more of them. What it says is a choice between handshakes, never proof of anything: OpenSSL
 * reads the same bytes by itself.
 */
export function nameInHello(first: Buffer): string | null {
  if (first.length < RECORD_HEADER_BYTES) return null;
  const length = first.readUInt16BE(3);
  if (first[0] !== HANDSHAKE_RECORD || length > RECORD_BYTES_MAX) return '';
  if (first.length < RECORD_HEADER_BYTES + length) return null;
  const record = first.subarray(RECORD_HEADER_BYTES, RECORD_HEADER_BYTES + length);
  if (record[0] !== CLIENT_HELLO) return '';
  const name = serverName(extensionsOf(record));
  return name.toString('latin1').toLowerCase();
}

/** What stands behind session id, cipher suites and compression methods. */
function extensionsOf(hello: Buffer): Buffer {
  let at = FIXED_BYTES;
  for (const lengthBytes of [1, 2, 1]) at = end(hello, at, lengthBytes);
  return hello.subarray(at + 2, end(hello, at, 2));
}

function serverName(extensions: Buffer): Buffer {
  for (let at = 0; at + 4 <= extensions.length; at = end(extensions, at + 2, 2)) {
    if (extensions.readUInt16BE(at) !== SERVER_NAME) continue;
    // The length of the list, the kind of the first name, its length.
    const list = extensions.subarray(at + 4, end(extensions, at + 2, 2));
    return list.length > 5 && list[2] === HOST_NAME ? list.subarray(5, end(list, 3, 2)) : list.subarray(0, 0);
  }
  return extensions.subarray(0, 0);
}

/** Where something ends that stands behind its length; what claims to go on after the end of all goes to that. */
function end(bytes: Buffer, at: number, lengthBytes: number): number {
  if (at + lengthBytes > bytes.length) return bytes.length;
  return Math.min(bytes.length, at + lengthBytes + bytes.readUIntBE(at, lengthBytes));
}
