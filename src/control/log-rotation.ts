import { readdirSync, renameSync, type Stats, statSync, unlinkSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Settings } from '../config/options.ts';
import type { Log } from '../telemetry/log.ts';
import { asUser, type LogOwner, onlyRootChanges } from '../telemetry/open-log.ts';

export type RotationSettings = Pick<
  Settings,
  'access_log' | 'error_log' | 'log_max_size' | 'log_max_age' | 'log_keep'
>;

export interface LogRotationOptions {
  /** Asked each time: a reload may have changed them. */
  readonly settings: () => RotationSettings;
  /** The user that the files belong to; null: they are this process's own. */
  readonly owner: LogOwner | null;
  readonly log: Log;
  /** Every process opens its log files anew. */
  readonly reopen: () => void;
}

/** The sizes are looked at this often: a file grows beyond its limit by what is written meanwhile. */
const LOOK_MS = 1_000;
/** A file that could not be put aside is left alone for this long. */
const TRY_AGAIN_MS = 60_000;

/**
 * Puts log files aside that are too large or too old. Several processes write to one file, each through a descriptor of its own, so only the master does it,
 * and by renaming: until they open the file anew they go on writing to the one that was put aside, and no line is lost or torn.
 */
export class LogRotation {
  readonly #options: LogRotationOptions;
  readonly #began = Date.now();
  readonly #failed = new Map<string, number>();
  #timer: NodeJS.Timeout | null = null;

  constructor(options: LogRotationOptions) {
    this.#options = options;
  }

  /** To be called again when the settings have changed. */
  start(): void {
    this.stop();
    const { log_max_size: size, log_max_age: age } = this.#options.settings();
    if (size > 0 || age > 0) this.#timer = setInterval(() => this.look(Date.now()), LOOK_MS).unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  /** @param now milliseconds since 1970. */
  look(now: number): void {
    const settings = this.#options.settings();
    const done: string[] = [];
    for (const path of filesOf(settings)) {
      const found = statSync(path, { throwIfNoEntry: false });
      if (found?.isFile() !== true || now < (this.#failed.get(path) ?? 0)) continue;
      if (!this.#isDue(path, found, settings, now)) continue;
      try {
        done.push(`${basename(path)} was put aside as ${basename(this.#putAside(path, now))}`);
      } catch (error) {
        this.#failed.set(path, now + TRY_AGAIN_MS);
        this.#options.log.error(`${path} could not be put aside: ${textOf(error)}`);
      }
    }
    if (done.length === 0) return;
    this.#options.reopen();
    for (const text of done) this.#options.log.info(text);
    if (settings.log_keep > 0) for (const path of filesOf(settings)) this.#prune(path, settings.log_keep);
  }

  #isDue(path: string, found: Stats, settings: RotationSettings, now: number): boolean {
    if (found.size === 0) return false;
    if (settings.log_max_size > 0 && found.size >= settings.log_max_size) return true;
    return settings.log_max_age > 0 && now - this.#begun(path, found) >= settings.log_max_age * 1000;
  }

  /** The file before it was put aside when this one began; else the file system may know. Milliseconds since 1970. */
  #begun(path: string, found: Stats): number {
    const last = namesAside(path).at(-1);
    if (last !== undefined) return timeOf(last.slice(basename(path).length + 1));
    return found.birthtimeMs > 0 && found.birthtimeMs <= found.mtimeMs ? found.birthtimeMs : this.#began;
  }

  #putAside(path: string, now: number): string {
    const stamp = stampOf(new Date(now));
    // Above all that are there: names of older ones that were removed would sort wrong.
    const [last] = namesAside(path)
      .filter((name) => name.startsWith(`${basename(path)}.${stamp}`))
      .slice(-1);
    const number = last === undefined ? 0 : Number(/-\d+-(\d+)$/.exec(last)?.[1] ?? 0) + 1;
    const aside = `${path}.${stamp}${number === 0 ? '' : `-${number}`}`;
    this.#asOwner(path, () => renameSync(path, aside));
    return aside;
  }

  #prune(path: string, keep: number): void {
    for (const name of namesAside(path).slice(0, -keep)) {
      try {
        this.#asOwner(path, () => unlinkSync(join(dirname(path), name)));
      } catch (error) {
        this.#options.log.warning(`The old log file ${name} could not be removed: ${textOf(error)}`);
      }
    }
  }

  /** As root only where nobody else could lead it astray; see openLog. */
  #asOwner(path: string, action: () => void): void {
    const { owner } = this.#options;
    if (owner === null || owner.uid === 0) {
      action();
      return;
    }
    try {
      asUser(owner, action);
    } catch (error) {
      if (!onlyRootChanges(path)) throw error;
      action();
    }
  }
}

/** The paths of the log files that are files, each once. */
function filesOf({ access_log: access, error_log: errors }: RotationSettings): readonly string[] {
  const named = [errors, access].filter((path) => path !== '' && path !== '-').map((path) => resolve(path));
  return [...new Set(named)];
}

/** Local time, as it stands in the lines: `20260131-235959`. */
function stampOf(time: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${time.getFullYear()}${two(time.getMonth() + 1)}${two(time.getDate())}`;
  return `${day}-${two(time.getHours())}${two(time.getMinutes())}${two(time.getSeconds())}`;
}

const STAMP = /^(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)(?:-(\d+))?$/;

function timeOf(stamp: string): number {
  const [, year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = (STAMP.exec(stamp) ?? []).map(
    Number,
  );
  return new Date(year, month - 1, day, hour, minute, second).getTime();
}

/** The names of the files put aside, the oldest first. */
function namesAside(path: string): readonly string[] {
  const start = `${basename(path)}.`;
  const order = (name: string): [string, number] => {
    const [, ...parts] = STAMP.exec(name.slice(start.length)) ?? [];
    return [parts.slice(0, 6).join(''), Number(parts[6] ?? 0)];
  };
  return readdirSync(dirname(path))
    .filter((name) => name.startsWith(start) && STAMP.test(name.slice(start.length)))
    .toSorted((a, b) => {
      const [[timeA, numberA], [timeB, numberB]] = [order(a), order(b)];
      return timeA === timeB ? numberA - numberB : timeA < timeB ? -1 : 1;
    });
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
