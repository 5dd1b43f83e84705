import type { BindAddress } from '../config/bind.ts';
import type { Environment } from '../config/env.ts';
import type { Resolution } from '../config/resolve.ts';
import { activatedSockets, InheritedSockets } from '../net/inherited-sockets.ts';
import { inheritance } from '../net/upgrade-sockets.ts';
import type { Log } from '../telemetry/log.ts';
import type { LogOwner } from '../telemetry/open-log.ts';
import type { Controllable } from './control-server.ts';
import { currentLaunch } from '../children/launch.ts';
import { LogRotation, type RotationSettings } from './log-rotation.ts';
import type { Master } from '../supervisor/master.ts';
import type { MasterOptions } from '../supervisor/master-options.ts';
import type { StartFailure } from '../supervisor/start-failure.ts';
import { Notifier } from './notify.ts';
import { PidFile } from './pid-file.ts';
import { type Refusal, refusal } from '../supervisor/reload.ts';
import { Takeover } from './takeover.ts';
import { Upgrade, type UpgradeResult } from './upgrade.ts';

export interface ServiceOptions {
  readonly resolution: Resolution;
  readonly env: Environment;
  readonly log: Log;
  /** Runs the moments of Python that the service manager costs. */
  readonly python: string;
  /** The longest that an app may take to start, milliseconds. */
  readonly bootMs: number;
  /** Whom the log files belong to; null: to us. */
  readonly logOwner: LogOwner | null;
}

/** Beside the boot of the apps: gateways start, links are made. */
const START_MARGIN_MS = 30_000;

/**
 * What the master is to the world around it: the service of a service manager, the process of a pid file, the successor of another master, and
 * the predecessor of the next.
 */
export class Service {
  /** Sockets that were bound before the start. */
  readonly inherited: InheritedSockets;
  readonly #options: ServiceOptions;
  readonly #log: Log;
  readonly #notifier: Notifier;
  readonly #takeover: Takeover | null;
  readonly #upgrade: Upgrade;
  readonly #rotation: LogRotation;
  #settings: RotationSettings;
  #pidFile: PidFile | null = null;
  #master: Master | null = null;
  #entry: { readonly show: () => void; readonly hide: () => void } | null = null;
  #state: 'starting' | 'in charge' | 'stopping' | 'handed over' = 'starting';

  /** Throws when the pid file names another server that runs. */
  constructor(options: ServiceOptions) {
    const { env, log } = options;
    this.#options = options;
    this.#log = log;
    this.#settings = options.resolution.settings;
    const legacy = inheritance(env);
    this.inherited = new InheritedSockets(legacy?.sockets ?? activatedSockets(env, process.pid));
    if (legacy === null && this.#pidPath !== '') this.#pidFile = PidFile.create(this.#pidPath);
    this.#notifier = Notifier.create(options);
    this.#takeover = legacy === null ? null : new Takeover(legacy.control, (told) => this.#abandoned(told));
    this.#takeover?.booting(options.bootMs + START_MARGIN_MS);
    this.#rotation = new LogRotation({
      settings: () => this.#settings,
      owner: options.logOwner,
      log,
      reopen: () => this.#master?.reopenLogs(),
    });
    this.#upgrade = new Upgrade({
      launch: currentLaunch(env),
      log,
      sockets: () => this.#master?.sockets ?? [],
      before: async () => this.#master?.beforeUpgrade(),
      scaled: () => this.#master?.scaling.told ?? [],
      onHandOver: (pid) => this.#handOver(pid),
    });
  }

  /** Where to listen. Whoever hands sockets over need not say so. */
  bindsOf({ binds, origins }: Resolution): readonly BindAddress[] {
    const unsaid = (origins.get('bind')?.kind ?? 'default') === 'default';
    return unsaid && this.inherited.activated.length > 0 ? this.inherited.activated : binds;
  }

  get #pidPath(): string {
    return this.#options.resolution.settings.pid_file;
  }

  /** What it wants to hear of the master. */
  get hooks(): Pick<MasterOptions, 'onStopping' | 'whyFixed' | 'onReloading' | 'onReloaded'> {
    return {
      onStopping: () => this.#stopping(),
      whyFixed: () => this.#upgrade.successor,
      onReloading: () => {
        if (this.#state === 'in charge') this.#notifier.reloading();
      },
      onReloaded: () => {
        if (this.#state === 'in charge') this.#notifier.ready(this.#status());
      },
    };
  }

  attach(master: Master): void {
    this.#master = master;
  }

  /** A reload has brought other settings. */
  adopted(settings: RotationSettings): void {
    this.#settings = settings;
    if (this.#state === 'in charge') this.#rotation.start();
  }

  /** What commands may ask of the server. */
  controls(master: Master): Controllable {
    return {
      reload: (onProgress, scope) => master.reload(onProgress, scope),
      status: () => master.status(),
      scaling: master.scaling,
      upstreams: master.upstreams,
      upgrade: () => this.upgrade(),
      terminate: () => master.terminate(),
      quit: () => master.quit(),
    };
  }

  /** Whether another server is the one that commands mean, still. */
  get follows(): boolean {
    return this.#takeover !== null;
  }

  /** @param entry where commands look servers up. */
  publish(entry: { readonly show: () => void; readonly hide: () => void }): void {
    this.#entry = entry;
  }

  /** Everything serves. */
  serving(): void {
    const unused = this.inherited.closeRest();
    if (unused.length > 0)
      this.#log.warning(`Not listened on, because \`bind\` does not name them: ${unused.join(', ')}`);
    if (this.#takeover === null) this.#takeCharge();
    else {
      this.#takeover.serving((scaled) => {
        this.#takeCharge();
        this.#master?.scaling.inherit(scaled);
      });
    }
  }

  startFailed(failure: StartFailure): void {
    this.#takeover?.failed({ title: failure.message, traceback: failure.detail, hint: failure.hint });
  }

  /** A new master follows this one. */
  async upgrade(): Promise<UpgradeResult> {
    const refused = this.#whyNot();
    if (refused === null) return this.#upgrade.start();
    this.#log.warning(`No upgrade: ${refused.title} ${refused.hint}`.trimEnd());
    return refused;
  }

  /** The server has stopped. */
  close(): void {
    this.#takeover?.close();
    this.#rotation.stop();
    this.#pidFile?.remove();
  }

  #takeCharge(): void {
    this.#state = 'in charge';
    if (this.#takeover !== null && this.#pidPath !== '') this.#pidFile = PidFile.takeOver(this.#pidPath);
    this.#notifier.ready(this.#status());
    this.#notifier.watch(() => this.#healthy());
    this.#rotation.start();
    this.#entry?.show();
  }

  #stopping(): void {
    if (this.#state === 'handed over') return;
    this.#upgrade.abandon();
    this.#state = 'stopping';
    this.#notifier.stopping('Finishing the requests in flight');
  }

  #handOver(pid: number): void {
    this.#state = 'handed over';
    this.#rotation.stop();
    this.#notifier.handOver(pid);
    this.#entry?.hide();
    this.#master?.handOver();
  }

  #abandoned(told: boolean): void {
    if (told) this.#log.info('The server is stopped: the master that was to follow ends as well');
    else this.#log.error('The master that this one was to follow is gone; it ends as well');
    this.#master?.quit();
  }

  #status(): string {
    return `Serving on ${(this.#master?.sockets ?? []).map((socket) => socket.url).join(', ')}`;
  }

  /** The gateways are there, and every app has a worker, or wants none. */
  #healthy(): boolean {
    const status = this.#master?.status();
    return (
      status !== undefined &&
      (status.apps.length === 0 || status.gateways.length > 0) &&
      status.apps.every((app) => app.wanted === 0 || app.workers.some((worker) => worker.state === 'ready'))
    );
  }

  #whyNot(): Refusal | null {
    if (this.#state === 'starting') return refusal('The server is still starting.');
    if (this.#state !== 'in charge') return refusal('The server is stopping.');
    // The end of the first process is the end of its container, and of the successor with it.
    if (process.pid !== 1) return null;
    return refusal(
      'The master is process 1 of a container, which ends with it, so no other can follow it.',
      'Load new code with HUP or `licorne reload`; for another version start another container.',
    );
  }
}
