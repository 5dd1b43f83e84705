import { relative } from 'node:path';
import type { AppFault, ProjectMessage } from '../wire/dev.ts';
import type { ReloadReport } from './reloader.ts';

export interface VoiceOptions {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly color: boolean;
  /** Paths are told relative to it. */
  readonly cwd: string;
  readonly now?: () => Date;
}

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);
const CLEAN = /^System check identified no issues \(0 silenced\)\.$/;

/** What a developer reads in the terminal: as runserver writes it, so that people and tools find what they know. */
export class Voice implements ReloadReport {
  readonly #options: VoiceOptions;
  #project: ProjectMessage | null = null;
  #migrations: string | null = null;
  #announced = false;

  constructor(options: VoiceOptions) {
    this.#options = options;
  }

  get isDjango(): boolean {
    return this.#project !== null;
  }

  /** Whether it is known what there is to say about migrations. */
  get migrationsKnown(): boolean {
    return this.#migrations !== null;
  }

  /** Null: changes are not looked for. */
  watching(how: string | null): void {
    if (how !== null) this.#options.out(`Watching for file changes with ${how}\n`);
  }

  /** A Django project was loaded and checked. */
  project(message: ProjectMessage): void {
    this.#project = message;
    const checks = message.checks.trim();
    if (checks === '') return;
    if (!this.#announced) this.#options.out('Performing system checks...\n\n');
    if (!this.#announced || !CLEAN.test(checks)) this.#options.out(`${checks}\n`);
  }

  /** runserver's notice; the same is told once. */
  migrations(text: string): void {
    const before = this.#migrations ?? '';
    this.#migrations = text;
    if (text === before) return;
    if (text !== '') this.#options.out(`\n${this.#paint(text, RED)}\n`);
  }

  /** Everything listens. `what` names the apps, for projects that are not Django's. */
  listening(urls: readonly string[], what: readonly string[]): void {
    this.#announced = true;
    const lines: string[] = [];
    if (this.#project === null) lines.push(...what);
    else {
      const { framework, version, settings } = this.#project;
      lines.push(this.#date(), `${framework} version ${version}, using settings '${settings}'`);
    }
    for (const url of urls)
      lines.push(`Starting development server at ${url.startsWith('http') ? `${url}/` : url}`);
    lines.push('Quit the server with CONTROL-C.', '');
    this.#options.out(`${lines.join('\n')}\n`);
  }

  changed(path: string): void {
    const near = relative(this.#options.cwd, path);
    this.#options.out(`${near.startsWith('..') ? path : near} changed, reloading.\n`);
  }

  reloaded(ms: number): void {
    this.#options.out(`Reloaded in ${Math.round(ms)} ms.\n`);
  }

  failed({ title, traceback, hint }: AppFault): void {
    const parts = [this.#paint(title, RED)];
    if (traceback !== '' && traceback.trim() !== title) parts.push(traceback.trimEnd());
    if (hint !== '') parts.push(hint);
    parts.push('Waiting for a change that mends it.');
    this.#options.err(`\n${parts.join('\n')}\n\n`);
  }

  #date(): string {
    const date = (this.#options.now ?? (() => new Date()))();
    const pad = (value: number): string => String(value).padStart(2, '0');
    const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(pad).join(':');
    return `${MONTHS[date.getMonth()]} ${pad(date.getDate())}, ${date.getFullYear()} - ${clock}`;
  }

  #paint(text: string, code: string): string {
    return this.#options.color ? `\x1b[${code}m${text}\x1b[0m` : text;
  }
}

const RED = '31';
