import { checkSuccessor } from '../wire/check-message.ts';
import type { BoundSocket } from '../net/bind.ts';
import { describeInheritance } from '../net/upgrade-sockets.ts';
import type { Log } from '../telemetry/log.ts';
import type { MasterToSuccessor, ScaledApp, SuccessorToMaster } from '../wire/upgrade-control.ts';
import { Child, type ChildExit, describeExit } from '../children/child.ts';
import type { Launch } from '../children/launch.ts';
import { goesOn, type Refusal, refusal } from '../supervisor/reload.ts';

export interface UpgradeOptions {
  readonly launch: Launch;
  readonly log: Log;
  /** Those that the master has now. */
  readonly sockets: () => readonly BoundSocket[];
  /** Is waited for before the successor is started. */
  readonly before: () => Promise<void>;
  /** Numbers of workers that were changed by hand. */
  readonly scaled: () => readonly ScaledApp[];
  /** The successor serves; nothing has been said to it yet. */
  readonly onHandOver: (pid: number) => void;
}

export type UpgradeResult = { readonly ok: true; readonly pid: number; readonly ms: number } | Refusal;

/** A successor that has not even read its configuration by then has failed. */
const FIRST_WORD_MS = 60_000;
const CONTROL_FD = 3;
/** Descriptors 0 to 3 are standard input, output, error and the control channel. */
const FIRST_INHERITED_FD = 4;
const STDOUT_FD = 1;
const STDERR_FD = 2;

/**
 * Replaces the master by a new one, of the program and the configuration as they are on disk now. The new one inherits the listening sockets and
 * starts processes of its own; when they serve, this one drains. If it does not come so far, nothing has happened.
 */
export class Upgrade {
  readonly #options: UpgradeOptions;
  #running: Promise<UpgradeResult> | null = null;
  #attempt: Attempt | null = null;
  /** Process id of the master that serves now. */
  #followedBy: number | null = null;

  constructor(options: UpgradeOptions) {
    this.#options = options;
  }

  /** One at a time: who asks during one gets its result. */
  start(): Promise<UpgradeResult> {
    this.#running ??= this.#begin().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** Why the server is to stay as it is: another master starts in its place, or serves there. Null: there is none. */
  get successor(): Refusal | null {
    if (this.#followedBy !== null)
      return refusal(
        `The server was upgraded: process ${this.#followedBy} serves, this one finishes its requests and ends.`,
        `Ask that one: --pid ${this.#followedBy}.`,
      );
    if (this.#running === null) return null;
    return refusal(
      'An upgrade is under way: a new master loads the program, the code and the configuration that are on disk now.',
      'Ask again when it serves.',
    );
  }

  /** The server is stopping: a successor that does not serve yet is not wanted any more. */
  abandon(): void {
    this.#attempt?.abandon();
  }

  async #begin(): Promise<UpgradeResult> {
    await this.#options.before();
    return this.#run();
  }

  #run(): Promise<UpgradeResult> {
    const began = performance.now();
    return new Promise((resolve) => {
      const attempt = new Attempt(this.#options, (result) => {
        this.#attempt = null;
        if (result.ok) this.#followedBy = result.pid;
        resolve(result.ok ? { ...result, ms: Math.round(performance.now() - began) } : result);
      });
      this.#attempt = attempt;
    });
  }
}

/** One successor, from its start to the moment when it serves or is no more. */
class Attempt {
  readonly successor: Child<SuccessorToMaster, MasterToSuccessor>;
  readonly #options: UpgradeOptions;
  readonly #settle: (result: UpgradeResult) => void;
  #reason: Refusal | null = null;
  #served = false;
  #abandoned = false;
  #timer: NodeJS.Timeout;

  constructor(options: UpgradeOptions, settle: (result: UpgradeResult) => void) {
    const { launch } = options;
    this.#options = options;
    this.#settle = settle;
    const sockets = options.sockets();
    const legacy = describeInheritance(sockets, { control: CONTROL_FD, firstFd: FIRST_INHERITED_FD });
    this.#timer = this.#patience(FIRST_WORD_MS);
    this.successor = new Child<SuccessorToMaster, MasterToSuccessor>({
      command: launch.command,
      args: launch.args,
      cwd: launch.cwd,
      env: { ...launch.env, ...legacy },
      stdoutFd: STDOUT_FD,
      stderrFd: STDERR_FD,
      inherit: sockets.map((socket) => socket.fd),
      check: checkSuccessor,
      onMessage: (message) => this.#heard(message),
      // Its last words may be read in the same turn.
      onExit: (exit) => setImmediate(() => this.#exited(exit)),
    });
    options.log.info(`Upgrade: process ${this.successor.pid} starts on the same sockets`);
  }

  /** It is not wanted any more. */
  abandon(): void {
    if (this.#served || this.#abandoned) return;
    this.#abandoned = true;
    this.#options.log.info(
      `Upgrade: given up, because this server stops; process ${this.successor.pid} ends as well`,
    );
    this.successor.send({ type: 'abandoned' });
    this.successor.disconnect();
    this.successor.kill('SIGTERM');
  }

  #heard(message: SuccessorToMaster): void {
    if (message.type === 'booting') {
      clearTimeout(this.#timer);
      this.#timer = this.#patience(message.withinMs);
    } else if (message.type === 'failed') {
      const { title, traceback, hint } = message;
      this.#reason = { ok: false, title, traceback, hint };
    } else if (message.type === 'serving') {
      clearTimeout(this.#timer);
      this.#served = true;
      const { pid } = this.successor;
      this.#options.log.info(`Upgrade: process ${pid} serves; this one finishes its requests and ends`);
      const scaled = this.#options.scaled();
      this.#options.onHandOver(pid);
      this.successor.send({ type: 'yours', scaled });
      this.successor.unref();
      this.#settle({ ok: true, pid, ms: 0 });
    }
  }

  #exited(exit: ChildExit): void {
    clearTimeout(this.#timer);
    if (this.#served) return;
    if (this.#abandoned) {
      this.#settle(refusal('The server was stopped during the upgrade.'));
      return;
    }
    const why = this.#reason ?? refusal(`The new master ${describeExit(exit)} before it served.`);
    this.#options.log.error(
      `Upgrade failed; process ${process.pid} goes on as before: ${[why.title, why.traceback.trimEnd(), why.hint].filter((text) => text !== '').join('\n')}`,
    );
    this.#settle(goesOn(why));
  }

  #patience(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#reason ??= refusal(`The new master did not serve within ${Math.round(ms / 1000)} s.`);
      this.successor.kill('SIGKILL');
    }, ms);
  }
}
