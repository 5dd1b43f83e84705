const INVALID = -1;

/**
 * Decodes %XX once, strictly (RFC 3986 2.1): bytes in, bytes out, both as latin-1 code points.
 * Returns null when a `%` is not followed by two hexadecimal digits, or when a byte decodes to NUL.
 */
export function percentDecode(text: string): string | null {
  let percent = text.indexOf('%');
  if (percent < 0) return text;
  let out = '';
  let from = 0;
  while (percent >= 0) {
    const high = hexDigit(text.charCodeAt(percent + 1));
    const low = hexDigit(text.charCodeAt(percent + 2));
    if (high === INVALID || low === INVALID) return null;
    const byte = high * 16 + low;
    if (byte === 0) return null;
    out += text.slice(from, percent) + String.fromCharCode(byte);
    from = percent + 3;
    percent = text.indexOf('%', from);
  }
  return out + text.slice(from);
}

/** The value of a hexadecimal digit's character code, or -1 (also for NaN, past the end of a text). */
export function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  if (letter >= 0x61 && letter <= 0x66) return letter - 0x57;
  return INVALID;
}
