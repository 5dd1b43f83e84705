import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { OrphanGuard } from './orphan-guard.ts';
import { probe } from './probe.ts';
import type { ServiceSpec } from '../supervisor/service-spec.ts';

/** How often it is asked while it starts, and how long it has for the answer. */
const STARTING_MS = 100;
const PROBE_MS = 2_000;

/** Where its output goes. */
export interface ServiceOutput {
  readonly stdoutFd: number;
  readonly stderrFd: number;
}

/** How a process ended, in words for the log. */
export type ServiceEnd = string;

/** One process of a service, in a process group of its own: what it starts ends with it. */
export class ServiceProcess {
  readonly port: number;
  readonly startedAt = performance.now();
  /** Null while it runs. */
  end: ServiceEnd | null = null;
  readonly ended: Promise<ServiceEnd>;
  readonly #spec: ServiceSpec;
  readonly #child: ChildProcess;
  readonly #guard: OrphanGuard | null;

  constructor(spec: ServiceSpec, port: number, output: ServiceOutput) {
    const [program = '', ...args] = spec.command.map((word) => withPort(word, spec.portVariable, port));
    this.#spec = spec;
    this.port = port;
    const { identity } = spec;
    this.#child = spawn(program, args, {
      cwd: spec.cwd,
      env: { ...spec.env, [spec.portVariable]: String(port) },
      stdio: ['ignore', output.stdoutFd, output.stderrFd],
      detached: true,
      ...(identity === null ? {} : { uid: identity.uid, gid: identity.gid }),
    });
    this.#guard = this.pid === 0 ? null : new OrphanGuard(this.pid, spec.stopMs);
    this.ended = new Promise((resolve) => {
      this.#child.once('error', (error) =>
        resolve(this.#over(`could not be started: ${wordsOf(error, program, spec.cwd)}`)),
      );
      this.#child.once('exit', (code, signal) =>
        resolve(this.#over(signal === null ? `exited with code ${code}` : `was ended by ${signal}`)),
      );
    });
  }

  /** 0 when it could not be started. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Resolves to null when it is ready, to the reason when it ended or had its time before that. */
  async ready(): Promise<string | null> {
    const until = this.startedAt + this.#spec.startMs;
    for (;;) {
      const reason = await this.well();
      if (this.end !== null) return this.end;
      if (reason === null) return null;
      if (performance.now() >= until)
        return `was not ready within ${this.#spec.startMs / 1000} s (${reason})`;
      await Promise.race([this.ended, pause(STARTING_MS)]);
    }
  }

  /** Resolves to null when it is well now. */
  well(): Promise<string | null> {
    return probe(this.port, this.#spec.health, PROBE_MS);
  }

  /** Asks it to end, and kills it when it does not. @param withinMs beside its own time. */
  async stop(withinMs = Infinity): Promise<void> {
    if (this.end !== null) return;
    this.#kill(this.#spec.stopSignal);
    const timer = setTimeout(() => this.#kill('SIGKILL'), Math.min(withinMs, this.#spec.stopMs));
    await this.ended;
    clearTimeout(timer);
  }

  kill(): void {
    this.#kill('SIGKILL');
  }

  #over(end: ServiceEnd): ServiceEnd {
    this.end = end;
    // Whatever it left behind would hold its port.
    this.#signal('SIGKILL');
    this.#guard?.release();
    return end;
  }

  #kill(signal: NodeJS.Signals): void {
    if (this.end === null) this.#signal(signal);
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.pid === 0) return;
    try {
      process.kill(-this.pid, signal);
    } catch {
      // Nobody of the group is left.
    }
  }
}

/** `$PORT` and `${PORT}`, where PORT is the name of the variable. No shell is there to do it. */
function withPort(word: string, variable: string, port: number): string {
  return word.replaceAll(
    new RegExp(`\\$(?:${variable}(?![A-Za-z0-9_])|\\{${variable}\\})`, 'g'),
    String(port),
  );
}

function wordsOf(error: NodeJS.ErrnoException, program: string, cwd: string): string {
  if (error.code === 'EACCES') return `${program} may not be run by this user`;
  if (error.code !== 'ENOENT') return error.message;
  return existsSync(cwd) ? `there is no program ${program}` : `there is no folder ${cwd}`;
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
