import { rmSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Settings } from '../config/options.ts';
import { Channel } from '../net/channel.ts';
import { ServicePlaces } from '../peers/service-places.ts';
import { LineFile } from '../telemetry/line-file.ts';
import { ErrorOutput } from '../telemetry/error-output.ts';
import { Log } from '../telemetry/log.ts';
import type {
  GatewayConfigure,
  GatewayStart,
  GatewayToMaster,
  MasterToGateway,
} from '../wire/gateway-control.ts';
import type { CertificateSpec, TlsSpec } from '../wire/tls-spec.ts';
import type { PeersMessage } from '../wire/peers-control.ts';
import type { ProcessIds } from '../wire/process-ids.ts';
import { Challenges } from './challenges.ts';
import { Development } from './dev/development.ts';
import { Gateway, type ListenFailure } from './gateway.ts';
import { LateRequests } from './late-requests.ts';
import { LoadReporter } from './load-reporter.ts';
import { PeerReporter } from './peer-reporter.ts';

/** The entry of a gateway process. The master is at the other end of descriptor 3; without it there is nothing to live for. */
const CONTROL_FD = 3;
const STDOUT_FD = 1;

class GatewayProcess {
  readonly #channel: Channel<MasterToGateway<Settings>, GatewayToMaster>;
  #gateway: Gateway | null = null;
  #draining = false;
  readonly #challenges = new Challenges();
  #reporter: LoadReporter | null = null;
  #accessFile: LineFile | null = null;
  #errorOutput: ErrorOutput | null = null;
  #log: Log | null = null;
  #settings: Settings | null = null;
  #development: Development | null = null;
  readonly #places = new ServicePlaces((message) => this.#channel.send(message));
  #removeDir = '';
  /** Peers as people changed them, by upstream. */
  #peerChanges = new Map<string, PeersMessage>();
  #certificates: CertificateSpec[] = [];
  /** It may come while the start is under way. */
  #tls: TlsSpec | null = null;
  #closed: Promise<void> | null = null;

  constructor() {
    const socket = new Socket({ fd: CONTROL_FD, readable: true, writable: true });
    this.#channel = new Channel(
      socket,
      (message) => {
        this.#handle(message).catch((error: unknown) => this.#fail(error));
      },
      () => this.#orphaned(),
    );
  }

  async #handle(message: MasterToGateway<Settings>): Promise<void> {
    if (message.type === 'start') await this.#start(message);
    else if (message.type === 'configure') await this.#configure(message);
    else if (message.type === 'tls') this.#secure(message);
    else if (message.type === 'service') this.#places.tell(message);
    else if (message.type === 'found_static') this.#gateway?.foundStatic(message.app, message.found);
    else if (message.type === 'worker_add') this.#gateway?.addWorker(message);
    else if (message.type === 'worker_remove')
      this.#gateway?.pool(message.app).remove(message.worker, message.pid);
    else if (message.type === 'app_unavailable') this.#gateway?.pool(message.app).refuseAll();
    else if (message.type === 'dev_state') this.#development?.show(message.app, message.state);
    else if (message.type === 'dev_pages') this.#development?.tell(message.event);
    else if (message.type === 'challenges') {
      this.#challenges.show(message.spec);
      this.#channel.send({ type: 'challenges_held', number: message.number });
    } else if (message.type === 'peers') this.#followPeers(message);
    else if (message.type === 'listen') await this.#listen();
    else if (message.type === 'leave') this.#gateway?.leave();
    else if (message.type === 'drain') this.#drain(message.shared, message.streams);
    else if (message.type === 'cut') this.#cut(message);
    else if (message.type === 'reopen') {
      this.#errorOutput?.reopen();
      await this.#accessFile?.reopen();
    }
  }

  /** The master is gone, or wants us gone: nobody supervises the workers, so nobody may be served. */
  #orphaned(): void {
    if (this.#removeDir !== '') removeFolder(this.#removeDir);
    process.exit(0);
  }

  async #start(start: GatewayStart<Settings>): Promise<void> {
    becomeUser(start.identity);
    if (start.umask >= 0) process.umask(start.umask);
    process.title = `licorne: gateway ${start.gateway}`;
    const { settings } = start;
    this.#removeDir = start.removeDir;
    this.#errorOutput = new ErrorOutput(settings.error_log);
    const log = new Log({
      level: settings.log_level,
      format: settings.log_format,
      write: this.#errorOutput.write,
      color: start.dev?.color ?? false,
    });
    this.#log = log;
    this.#settings = settings;
    this.#accessFile = await openAccessLog(settings.access_log);
    const lateRequests = new LateRequests(log, (message) => this.#channel.send(message));
    this.#development = start.dev === null ? null : new Development(start.dev);
    this.#gateway = new Gateway({
      settings,
      listeners: start.listeners,
      apps: start.apps,
      sites: start.sites,
      upstreams: start.upstreams,
      errorPages: start.errorPages,
      sendfileRoots: start.sendfileRoots,
      spoolDir: start.spoolDir,
      challenges: this.#challenges,
      development: this.#development,
      log,
      accessFile: this.#accessFile,
      places: this.#places,
      observer: {
        starved: () => this.#reporter?.soon(),
        linked: (worker, pid) => this.#channel.send({ type: 'linked', worker, pid }),
        released: (worker, pid, reason, hung) => {
          log.debug(`Link to worker ${worker} (pid ${pid}) closed: ${reason}`);
          this.#channel.send({ type: 'released', worker, pid, hung });
        },
        late: (request) => lateRequests.late(request),
        stuck: (request) => lateRequests.stuck(request),
      },
    });
    if (this.#tls !== null) this.#gateway.secure(this.#tls);
    this.#reporter = new LoadReporter(this.#gateway.pools, (apps) =>
      this.#channel.send({ type: 'load', apps }),
    );
    this.#reporter.start();
    new PeerReporter(this.#gateway.peers, (upstreams) =>
      this.#channel.send({ type: 'peer_load', upstreams }),
    ).start();
    const failure = start.adminFirst ? await this.#gateway.listenAdmin() : null;
    if (failure === null) this.#channel.send({ type: 'ready' });
    else this.#listenFailed(failure);
  }

  /** Many certificates come in several messages. */
  #secure(message: MasterToGateway<Settings> & { type: 'tls' }): void {
    this.#certificates.push(...message.certificates);
    if (message.more) return;
    const { orderedNames, clientCa, clientRules, ticketKey } = message;
    const certificates = this.#certificates;
    this.#certificates = [];
    this.#tls = { certificates, orderedNames, clientCa, clientRules, ticketKey };
    this.#gateway?.secure(this.#tls);
  }

  /** What comes while a configuration is on its way holds in that, too. */
  #followPeers(message: PeersMessage): void {
    this.#peerChanges.set(message.upstream, message);
    this.#gateway?.peers.follow(message);
  }

  /** What cannot be had stays as it was, and is told. */
  async #configure(message: GatewayConfigure<Settings>): Promise<void> {
    const { settings, apps, sites, upstreams, errorPages, sendfileRoots, found, peers } = message;
    this.#peerChanges = new Map(peers.map((one) => [one.upstream, one]));
    const faults: string[] = [];
    try {
      if (settings.error_log !== this.#settings?.error_log) this.#errorOutput?.redirect(settings.error_log);
    } catch (error) {
      faults.push(textOf(error));
    }
    try {
      await this.#moveAccessLog(settings.access_log);
    } catch (error) {
      faults.push(textOf(error));
    }
    this.#log?.configure({ level: settings.log_level, format: settings.log_format });
    this.#settings = settings;
    const accessFile = settings.access_log === '' ? null : this.#accessFile;
    const changed = { settings, apps, sites, upstreams, errorPages, sendfileRoots, accessFile };
    this.#gateway?.configure(changed, found, () =>
      this.#channel.send({ type: 'configured', fault: faults.join('; ') }),
    );
    for (const one of this.#peerChanges.values()) this.#gateway?.peers.follow(one);
  }

  /** One that is not written any more stays open: requests that began before still leave a line in it. */
  async #moveAccessLog(destination: string): Promise<void> {
    if (destination === '' || destination === this.#settings?.access_log) return;
    if (this.#accessFile === null) this.#accessFile = await openAccessLog(destination);
    else if (destination === '-') this.#accessFile.redirectTo(STDOUT_FD);
    else await this.#accessFile.redirect(destination);
  }

  async #listen(): Promise<void> {
    const failure = (await this.#gateway?.listen()) ?? null;
    if (failure === null) this.#channel.send({ type: 'listening' });
    else this.#listenFailed(failure);
  }

  #listenFailed({ failed, error }: ListenFailure): void {
    const { code = 'EUNKNOWN', message } = error;
    this.#channel.send({ type: 'listen_failed', listener: failed, code, message });
  }

  #drain(shared: boolean, streams: boolean): void {
    if (streams) this.#gateway?.hurry();
    if (this.#draining) return;
    this.#draining = true;
    // The master lives, and others may go on with what is in the folder.
    this.#removeDir = '';
    this.#gateway?.drain(shared, () => {
      this.#gateway?.destroy();
      this.#sayDrained();
    });
  }

  /** Workers may still be asked where they are: the links stay. */
  #cut({ reason, stacks }: { readonly reason: string; readonly stacks: boolean }): void {
    this.#removeDir = '';
    const [gateway, log] = [this.#gateway, this.#log];
    if (gateway === null || log === null) this.#channel.send({ type: 'drained' });
    else
      gateway.cut({ log, reason, stacks, send: (message) => this.#channel.send(message) }, () =>
        this.#sayDrained(),
      );
  }

  #sayDrained(): void {
    this.#closed ??= this.#accessFile?.close() ?? Promise.resolve();
    const say = (): void => this.#channel.send({ type: 'drained' });
    this.#closed.then(say, say);
  }

  #fail(error: unknown): void {
    this.#channel.send({ type: 'failed', message: textOf(error) });
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Before anything of a client is read. Groups first: afterwards nobody would let us. */
function becomeUser(identity: ProcessIds | null): void {
  if (identity === null) return;
  process.setgroups?.([...identity.groups]);
  process.setgid?.(identity.gid);
  process.setuid?.(identity.uid);
}

/** What of the folder is the master's alone is left behind. */
function removeFolder(path: string): void {
  try {
    rmSync(path, { recursive: true, force: true });
  } catch {
    // Nothing secret is in it.
  }
}

async function openAccessLog(destination: string): Promise<LineFile | null> {
  if (destination === '') return null;
  return destination === '-' ? LineFile.descriptor(STDOUT_FD) : LineFile.open(destination);
}

// The master decides what a signal means; a terminal sends its Ctrl-C to every process of the group.
process.on('SIGINT', () => undefined);
process.on('SIGQUIT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('SIGHUP', () => undefined);
process.on('SIGUSR1', () => undefined);
new GatewayProcess();
