const MONTHS = 'JanFebMarAprMayJunJulAugSepOctNovDec';
const DAYS = 'MonTueWedThuFriSatSun';
const LONG_DAYS = new Set(['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']);

/**
 * An HTTP-date in whole seconds since 1970; -1 when it is none. All three forms of RFC 9110 5.6.7 are read, to the
 * letter: `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` and `Sun Nov  6 08:49:37 1994`. The name of
 * the day is not held against the date. Times before 1970 are -1, too.
 */
export function parseHttpDate(text: string, nowMs = Date.now()): number {
  if (text.charCodeAt(3) === 0x2c) return imfFixdate(text);
  if (text.charCodeAt(3) === 0x20) return asctime(text);
  return rfc850(text, nowMs);
}

function imfFixdate(text: string): number {
  if (text.length !== 29 || !isDay(text) || text.charCodeAt(4) !== 0x20) return -1;
  if (text.charCodeAt(7) !== 0x20 || text.charCodeAt(11) !== 0x20 || !isGmt(text, 25)) return -1;
  return seconds(number(text, 12, 16), month(text, 8), number(text, 5, 7), text, 17);
}

function asctime(text: string): number {
  if (text.length !== 24 || !isDay(text) || text.charCodeAt(7) !== 0x20) return -1;
  if (text.charCodeAt(10) !== 0x20 || text.charCodeAt(19) !== 0x20) return -1;
  const day = text.charCodeAt(8) === 0x20 ? number(text, 9, 10) : number(text, 8, 10);
  return seconds(number(text, 20, 24), month(text, 4), day, text, 11);
}

function rfc850(text: string, nowMs: number): number {
  const comma = text.indexOf(',');
  if (comma === -1 || text.length !== comma + 24 || !LONG_DAYS.has(text.slice(0, comma))) return -1;
  const at = comma + 2;
  if (text.charCodeAt(at - 1) !== 0x20 || text.charCodeAt(at + 2) !== 0x2d) return -1;
  if (text.charCodeAt(at + 6) !== 0x2d || text.charCodeAt(at + 9) !== 0x20 || !isGmt(text, at + 18))
    return -1;
  const shortYear = number(text, at + 7, at + 9);
  if (shortYear === -1) return -1;
  // Two digits that seem more than 50 years in the future mean the most recent year in the past that ends so.
  const thisYear = new Date(nowMs).getUTCFullYear();
  let year = thisYear - (thisYear % 100) + shortYear;
  if (year > thisYear + 50) year -= 100;
  return seconds(year, month(text, at + 3), number(text, at, at + 2), text, at + 10);
}

/** `at`: of `hh:mm:ss`, whose end the caller has checked. */
function seconds(year: number, monthIndex: number, day: number, text: string, at: number): number {
  if (text.charCodeAt(at + 2) !== 0x3a || text.charCodeAt(at + 5) !== 0x3a) return -1;
  const hour = number(text, at, at + 2);
  const minute = number(text, at + 3, at + 5);
  const second = number(text, at + 6, at + 8);
  if (hour === -1 || hour > 23 || minute === -1 || minute > 59 || second === -1 || second > 60) return -1;
  if (year < 1970 || monthIndex === -1 || day < 1) return -1;
  // The day before the next month is its last one. Date.UTC would carry 31 February over into March.
  if (day > new Date(Date.UTC(year, monthIndex + 1, 0)).getUTCDate()) return -1;
  return Date.UTC(year, monthIndex, day, hour, minute, second) / 1000;
}

/** Digits only; -1 otherwise. */
function number(text: string, start: number, end: number): number {
  let value = 0;
  for (let i = start; i < end; i++) {
    const digit = text.charCodeAt(i) - 0x30;
    if (!(digit >= 0 && digit <= 9)) return -1;
    value = value * 10 + digit;
  }
  return value;
}

function month(text: string, at: number): number {
  return nameIndex(MONTHS, text.slice(at, at + 3));
}

function isDay(text: string): boolean {
  return nameIndex(DAYS, text.slice(0, 3)) !== -1;
}

function nameIndex(names: string, name: string): number {
  const index = names.indexOf(name);
  return index % 3 === 0 ? index / 3 : -1;
}

function isGmt(text: string, at: number): boolean {
  return text.slice(at) === ' GMT';
}
