let cachedSecond = -1;
let cachedText = '';

/**
 * The Date header's value (IMF-fixdate, RFC 9110 5.6.7) for a time in milliseconds since 1970; built once per second.
 */
export function httpDate(nowMs: number): string {
  const second = Math.floor(nowMs / 1000);
  if (second !== cachedSecond) {
    cachedText = new Date(second * 1000).toUTCString();
    cachedSecond = second;
  }
  return cachedText;
}
