const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** Times as the logs write them, in local time with its offset. */
export const timestamp = { log, iso, common };

/** `2026-11-21 10:00:00 +0100`, as gunicorn's error log. */
function log(date: Date): string {
  return `${day(date)} ${clock(date)} ${offset(date, '')}`;
}

/** ISO 8601 with milliseconds: `2026-11-21T10:00:00.123+01:00`. */
function iso(date: Date): string {
  return `${day(date)}T${clock(date)}.${pad(date.getMilliseconds(), 3)}${offset(date, ':')}`;
}

/** `21/Nov/2026:10:00:00 +0100`, the Common Log Format's. */
function common(date: Date): string {
  return `${pad(date.getDate())}/${MONTHS[date.getMonth()]}/${date.getFullYear()}:${clock(date)} ${offset(date, '')}`;
}

function day(date: Date): string {
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}

function clock(date: Date): string {
  return `${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}

function offset(date: Date, separator: string): string {
  const minutes = -date.getTimezoneOffset();
  const absolute = Math.abs(minutes);
  return `${minutes < 0 ? '-' : '+'}${pad(Math.floor(absolute / 60))}${separator}${pad(absolute % 60)}`;
}

function pad(value: number, width = 2): string {
  return String(value).padStart(width, '0');
}
