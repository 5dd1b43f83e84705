// Character classes of RFC 9110 5.6.2 (token) and 5.5 (field-value), over latin-1 code points.

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const FIELD_VALUE_FORBIDDEN = /[\x00-\x08\x0a-\x1f\x7f]/;
const tokenBytes = new Uint8Array(256);
for (let code = 0; code < 256; code++) tokenBytes[code] = TOKEN.test(String.fromCharCode(code)) ? 1 : 0;

/** Whether the text is a token: one or more tchar. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** Whether one byte is a tchar. */
export function isTokenByte(byte: number): boolean {
  return tokenBytes[byte] === 1;
}

/** Whether a field value holds a control byte other than HTAB (CR, LF and NUL included). */
export function hasForbiddenByte(value: string): boolean {
  return FIELD_VALUE_FORBIDDEN.test(value);
}

/** Cuts spaces and tabs at both ends (OWS), and nothing else: String.trim would also cut 0xA0 and 0x0B. */
export function trimOws(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isOws(text.charCodeAt(start))) start++;
  while (end > start && isOws(text.charCodeAt(end - 1))) end--;
  return start === 0 && end === text.length ? text : text.slice(start, end);
}

function isOws(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
