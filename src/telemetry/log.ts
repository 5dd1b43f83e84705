import { jsonLine } from './json-line.ts';
import { timestamp } from './timestamp.ts';

export const LOG_LEVELS = ['debug', 'info', 'warning', 'error', 'critical'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFormat = 'text' | 'json';

/** Facts that belong to a line, for example `request_id`; appended as `key=value`, or as JSON members. */
export type LogFacts = Readonly<Record<string, string | number>>;

/**
 * The error log. Every process of the server (master, gateways, Python workers) writes whole lines in this one format
 * to its standard error, so nothing is relayed and nothing is lost when one of them dies.
 */
export class Log {
  readonly #write: (line: string) => void;
  #format: LogFormat;
  #threshold: number;
  readonly #pid: number;
  readonly #color: boolean;

  constructor(options: {
    level: LogLevel;
    format: LogFormat;
    write: (line: string) => void;
    pid?: number;
    /** The level is coloured: for a person at a terminal. */
    color?: boolean;
  }) {
    this.#write = options.write;
    this.#format = options.format;
    this.#threshold = LOG_LEVELS.indexOf(options.level);
    this.#pid = options.pid ?? process.pid;
    this.#color = options.color ?? false;
  }

  /** From the next line on. */
  configure({ level, format }: { level: LogLevel; format: LogFormat }): void {
    this.#format = format;
    this.#threshold = LOG_LEVELS.indexOf(level);
  }

  debug(message: string, facts?: LogFacts): void {
    this.line('debug', message, facts);
  }

  info(message: string, facts?: LogFacts): void {
    this.line('info', message, facts);
  }

  warning(message: string, facts?: LogFacts): void {
    this.line('warning', message, facts);
  }

  error(message: string, facts?: LogFacts): void {
    this.line('error', message, facts);
  }

  critical(message: string, facts?: LogFacts): void {
    this.line('critical', message, facts);
  }

  enabled(level: LogLevel): boolean {
    return LOG_LEVELS.indexOf(level) >= this.#threshold;
  }

  line(level: LogLevel, message: string, facts: LogFacts = {}): void {
    if (!this.enabled(level)) return;
    const now = new Date();
    this.#write(
      this.#format === 'json'
        ? `${jsonLine({ time: timestamp.iso(now), level, pid: this.#pid, message, ...facts })}\n`
        : `[${timestamp.log(now)}] [${this.#pid}] [${this.#name(level)}] ${printable(message)}${tail(facts)}\n`,
    );
  }

  #name(level: LogLevel): string {
    const name = level.toUpperCase();
    return this.#color ? `\x1b[${COLORS[level]}m${name}\x1b[0m` : name;
  }
}

/** The same as in the log of the workers. */
const COLORS = { debug: '36', info: '32', warning: '33', error: '31', critical: '1;31' } as const;

/** What came from outside may hold terminal escapes or line breaks: control bytes are shown, not sent. */
export function printable(text: string): string {
  return text.replace(
    /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g,
    (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** For names that a client chose: a line break in one must not begin a line of the log. */
export function oneLine(text: string): string {
  return text.replace(/[\r\n]/g, (c) => (c === '\n' ? '\\n' : '\\r'));
}

function tail(facts: LogFacts): string {
  let text = '';
  for (const key in facts) text += ` ${key}=${printable(String(facts[key])).replaceAll('\n', '\\n')}`;
  return text;
}
