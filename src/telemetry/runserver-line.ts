import type { AccessEntry, AccessFormatter } from './access-log.ts';
import { escapeText } from './access-log.ts';

/** Lines as Django's runserver writes them: `[21/Nov/2026 15:00:00] "GET / HTTP/1.1" 200 1234`, coloured by status. */
export function runserverFormatter(color: boolean): AccessFormatter {
  return (entry) => {
    const text = `"${escapeText(entry.method)} ${escapeText(entry.target)} ${entry.protocol}" ${entry.status} ${entry.bytes}`;
    const code = color ? colorOf(entry) : '';
    return `[${moment(new Date())}] ${code === '' ? text : `\x1b[${code}m${text}\x1b[0m`}\n`;
  };
}

/** Django's palette for dark terminals, which it takes where nobody chose another. */
function colorOf({ status }: AccessEntry): string {
  if (status >= 500) return '35;1';
  if (status === 404) return '33';
  if (status >= 400) return '31;1';
  if (status === 304) return '36';
  if (status >= 300) return '32';
  return status < 200 ? '1' : '';
}

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

function moment(date: Date): string {
  const pad = (value: number): string => String(value).padStart(2, '0');
  const day = `${pad(date.getDate())}/${MONTHS[date.getMonth()]}/${date.getFullYear()}`;
  return `${day} ${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`;
}
