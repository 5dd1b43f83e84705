import { checkGateway } from '../wire/check-message.ts';
import type { Settings } from '../config/options.ts';
import type {
  GatewayApp,
  GatewayListener,
  GatewayStart,
  GatewayToMaster,
  MasterToGateway,
  FoundOfApp,
} from '../wire/gateway-control.ts';
import type { PeersMessage } from '../wire/peers-control.ts';
import type { ProcessIds } from '../wire/process-ids.ts';
import type { TlsSpec } from '../wire/tls-spec.ts';
import type { DevState, PageEvent } from '../wire/dev.ts';
import type { ChallengeSpec } from '../wire/challenge-spec.ts';
import type { ChallengeNotices } from './challenge-notices.ts';
import type { ServicePort } from '../wire/service-control.ts';
import { Child, type ChildExit } from '../children/child.ts';
import type { ServedSocket } from './listening-sockets.ts';
import { secureMessages } from './secure-messages.ts';
import type { TlsKeeper } from './tls-keeper.ts';
import type { ServicePorts } from './service-ports.ts';
import type { Worker } from '../children/worker.ts';

const STDOUT_FD = 1;
/** Descriptors 0 to 3 are standard input, output, error and the control channel. */
const FIRST_INHERITED_FD = 4;

export interface GatewayRecipe {
  /** The Node program and the compiled entry of a gateway. */
  readonly command: string;
  readonly entry: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly settings: Settings;
  readonly apps: readonly GatewayApp[];
  readonly sites: GatewayStart<Settings>['sites'];
  readonly upstreams: GatewayStart<Settings>['upstreams'];
  readonly errorPages: GatewayStart<Settings>['errorPages'];
  readonly sendfileRoots: GatewayStart<Settings>['sendfileRoots'];
  /** Whom it becomes before anything else; null: nobody else. */
  readonly identity: ProcessIds | null;
  /** -1: as it was started. */
  readonly umask: number;
  readonly dev: GatewayStart<Settings>['dev'];
  /** Has its certificates. */
  readonly tls: TlsKeeper;
  readonly challenges: ChallengeNotices;
  /** Where services are. */
  readonly ports: ServicePorts;
  readonly spoolDir: string;
  /** Removed by the gateway when the master dies without a chance to; empty: nothing is. */
  readonly removeDir: string;
}

/** Of each app, the files that the gateways serve for it. */
export type FoundFilesOf = ReadonlyMap<string, FoundOfApp>;

/** The master's side of one gateway; its other half is src/gateway/main.ts. */
export class GatewayProcess {
  readonly number: number;
  /** What it was told to do last. */
  recipe: GatewayRecipe;
  /** Others have taken its place: it finishes what it has. */
  leaving = false;
  ready = false;
  listening = false;
  readyAt = 0;
  readonly #child: Child<GatewayToMaster, MasterToGateway<Settings>>;

  constructor(
    number: number,
    recipe: GatewayRecipe,
    sockets: readonly ServedSocket[],
    adminFirst: boolean,
    stderrFd: number,
    events: {
      message: (gateway: GatewayProcess, message: GatewayToMaster) => void;
      exited: (gateway: GatewayProcess, exit: ChildExit) => void;
    },
  ) {
    this.number = number;
    this.recipe = recipe;
    this.#child = new Child<GatewayToMaster, MasterToGateway<Settings>>({
      command: recipe.command,
      args: [recipe.entry],
      cwd: recipe.cwd,
      env: recipe.env,
      stdoutFd: STDOUT_FD,
      stderrFd,
      inherit: sockets.map((socket) => socket.fd),
      check: checkGateway,
      onMessage: (message) => {
        if (message.type === 'challenges_held') recipe.challenges.held(this, message.number);
        else if (message.type === 'service_left') recipe.ports.left(this, message);
        else events.message(this, message);
      },
      onExit: (exit) => {
        recipe.tls.forget(this);
        recipe.challenges.forget(this);
        recipe.ports.forget(this);
        events.exited(this, exit);
      },
    });
    this.#child.send({
      type: 'start',
      gateway: number,
      settings: recipe.settings,
      listeners: sockets.map(asListener),
      adminFirst,
      apps: recipe.apps,
      sites: recipe.sites,
      upstreams: recipe.upstreams,
      errorPages: recipe.errorPages,
      sendfileRoots: recipe.sendfileRoots,
      identity: recipe.identity,
      umask: recipe.umask,
      spoolDir: recipe.spoolDir,
      removeDir: recipe.removeDir,
      dev: recipe.dev,
    });
    recipe.tls.follow(this);
    recipe.challenges.follow(this);
    recipe.ports.follow(this);
  }

  get pid(): number {
    return this.#child.pid;
  }

  get exited(): boolean {
    return this.#child.exited;
  }

  /** @param changes of peers, that were made by hand */
  configure(recipe: GatewayRecipe, found: FoundFilesOf, changes: readonly PeersMessage[]): void {
    this.recipe = recipe;
    const { settings, apps, sites, upstreams, errorPages, sendfileRoots } = recipe;
    this.#child.send({
      type: 'configure',
      settings,
      apps,
      sites,
      upstreams,
      errorPages,
      sendfileRoots,
      found: [...found],
      peers: changes,
    });
  }

  /** For its connections from now on. */
  secure(spec: TlsSpec): void {
    for (const message of secureMessages(spec)) this.#child.send(message);
  }

  service(message: ServicePort): void {
    this.#child.send(message);
  }

  foundStatic(app: string, found: FoundOfApp): void {
    this.#child.send({ type: 'found_static', app, found });
  }

  addWorker(worker: Worker): void {
    worker.linkedGateways.add(this.number);
    this.#child.send({
      type: 'worker_add',
      app: worker.app,
      worker: worker.number,
      pid: worker.pid,
      socket: worker.socket,
      interface: worker.interface,
    });
  }

  removeWorker(worker: Worker): void {
    this.#child.send({ type: 'worker_remove', app: worker.app, worker: worker.number, pid: worker.pid });
  }

  peers(messages: readonly PeersMessage[]): void {
    for (const message of messages) this.#child.send(message);
  }

  unavailable(app: string): void {
    this.#child.send({ type: 'app_unavailable', app });
  }

  challenge(number: number, spec: ChallengeSpec): void {
    this.#child.send({ type: 'challenges', number, spec });
  }

  devState(app: string, state: DevState): void {
    this.#child.send({ type: 'dev_state', app, state });
  }

  devPages(event: PageEvent): void {
    this.#child.send({ type: 'dev_pages', event });
  }

  listen(): void {
    this.#child.send({ type: 'listen' });
  }

  leave(): void {
    this.#child.send({ type: 'leave' });
  }

  /** @param shared other gateways accept on the same sockets, and go on. */
  drain(shared: boolean, streams: boolean): void {
    this.#child.send({ type: 'drain', shared, streams });
  }

  /** Its requests are ended and told, before it says `drained`. */
  cut(reason: string, stacks: boolean): void {
    this.#child.send({ type: 'cut', reason, stacks });
  }

  reopen(): void {
    this.#child.send({ type: 'reopen' });
  }

  /** It leaves at once: connections and all. */
  disconnect(): void {
    this.#child.disconnect();
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

function asListener(socket: ServedSocket, index: number): GatewayListener {
  const { url, unix, address, port, admin, tls } = socket;
  return { fd: FIRST_INHERITED_FD + index, url, unix, address, port, admin, tls };
}
