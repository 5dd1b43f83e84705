/** Messages of the control channel between master and gateway; see docs/internals/wire.md. */
import type { ChallengeSpec } from './challenge-spec.ts';
import type { DevGateway, DevState, PageEvent } from './dev.ts';
import type { ProcessIds } from './process-ids.ts';
import type { PeerLoadMessage, PeersMessage } from './peers-control.ts';
import type { UpstreamSpec } from './proxy-spec.ts';
import type { ServiceLeft, ServicePort } from './service-control.ts';
import type { GatewayLocation, GatewaySite } from './site-spec.ts';
import type { TlsSpec } from './tls-spec.ts';

export interface GatewayListener {
  /** The descriptor of the bound socket in the gateway, inherited from the master. */
  readonly fd: number;
  /** For people: `http://127.0.0.1:8000` or `unix:/run/app.sock`. */
  readonly url: string;
  readonly unix: boolean;
  /** Path of a Unix socket, else the bound address. */
  readonly address: string;
  readonly port: number;
  /** It tells the health of the server and nothing else. */
  readonly admin: boolean;
  /** It speaks TLS. */
  readonly tls: boolean;
}

/** One application, as the gateways need to know it. */
export interface GatewayApp {
  readonly name: string;
  readonly rootPath: string;
  /** 0: no limit. */
  readonly concurrencyMax: number;
  /** What it has for a request, milliseconds; 0: no limit. */
  readonly requestMs: number;
  /** It may be without a worker until somebody asks for it. */
  readonly onDemand: boolean;
  /** Hosts that it answers for; `auto`: those that it tells, if it does. */
  readonly allowedHosts: readonly string[] | 'auto' | 'off';
}

/** What an app told about when it was loaded. */
export interface FoundOfApp {
  /** Its static files. */
  readonly locations: readonly GatewayLocation[];
  /** Hosts that it answers for; null: it did not say. */
  readonly hosts: readonly string[] | null;
}

/** What a gateway does, as far as that may change while it runs. */
export interface GatewayConfiguration<Settings> {
  readonly settings: Settings;
  /** Perhaps none. */
  readonly apps: readonly GatewayApp[];
  /** In the order of the file. */
  readonly sites: readonly GatewaySite[];
  /** The servers that locations pass requests on to. */
  readonly upstreams: readonly UpstreamSpec[];
  /** Pages in the place of our own where no site is: a status or `4xx` and `5xx`, and a file. */
  readonly errorPages: Readonly<Record<string, string>>;
  /** Folders that X-Sendfile may name files of; none: the header is the app's own affair. */
  readonly sendfileRoots: readonly string[];
}

export interface GatewayStart<Settings> extends GatewayConfiguration<Settings> {
  readonly type: 'start';
  readonly gateway: number;
  readonly listeners: readonly GatewayListener[];
  /** Whether the admin listeners open at once; else with the others, because another gateway tells of the health until then. */
  readonly adminFirst: boolean;
  /** Whom the gateway becomes before anything else; null: it stays what it is. */
  readonly identity: ProcessIds | null;
  /** -1: as it was started. */
  readonly umask: number;
  /** Where request bodies are spooled. */
  readonly spoolDir: string;
  /** A folder to remove if the master dies without having said `drain`; empty: none. */
  readonly removeDir: string;
  /** Null: in production. */
  readonly dev: DevGateway | null;
}

/** From the next request of each connection on it is like this; answered with `configured`. */
export interface GatewayConfigure<Settings> extends GatewayConfiguration<Settings> {
  readonly type: 'configure';
  /** Of each app, as `found_static`. */
  readonly found: readonly (readonly [app: string, found: FoundOfApp])[];
  /** Peers as people changed them. */
  readonly peers: readonly PeersMessage[];
}

export type MasterToGateway<Settings> =
  | GatewayStart<Settings>
  | GatewayConfigure<Settings>
  | {
      type: 'worker_add';
      app: string;
      worker: number;
      pid: number;
      socket: string;
      interface: 'wsgi' | 'asgi';
    }
  /** What the app said about its static files, before its first `worker_add`. They count where the app would be asked; a configured location of the same path wins. */
  | { type: 'found_static'; app: string; found: FoundOfApp }
  /** For connections from now on; what is open stays as it is. Before the first `listen`, if there is TLS. `more`: the next one has more certificates. */
  | ({ type: 'tls'; more: boolean } & TlsSpec)
  /** What a certificate authority is answered from now on, all of it; answered with `challenges_held` of the same number. */
  | { type: 'challenges'; number: number; spec: ChallengeSpec }
  /** Finish what runs on the worker, hand it nothing more, then answer `released`. */
  | { type: 'worker_remove'; app: string; worker: number; pid: number }
  /** No worker of the app can be started: requests that wait for one are answered with 503. */
  | { type: 'app_unavailable'; app: string }
  /** Development: what is done with the requests of an app, and what open pages are told. */
  | { type: 'dev_state'; app: string; state: DevState }
  | { type: 'dev_pages'; event: PageEvent }
  | PeersMessage
  | ServicePort
  | { type: 'listen' }
  /** The server will stop: not ready any more, and every answer is the last on its connection. */
  | { type: 'leave' }
  /**
   * Stop accepting, finish the requests in flight, answer `drained`. `shared`: others accept on the same sockets. `streams`: WebSockets and
   * streams of events are ended, too; otherwise they go on, until they end or the message comes again with it.
   */
  | { type: 'drain'; shared: boolean; streams: boolean }
  /** The server ends: whatever is not done is told and ended; then `drained`. `stacks`: workers are to write down where requests are. */
  | { type: 'cut'; reason: string; stacks: boolean }
  | { type: 'reopen' };

/** How busy an app is, in one gateway. */
export interface AppLoad {
  readonly app: string;
  /** Requests that wait for a worker. */
  readonly queued: number;
  /** How long the oldest of them has waited, milliseconds. */
  readonly oldestMs: number;
  /** Requests and WebSockets that workers have. */
  readonly inFlight: number;
  /** Requests and WebSockets so far. */
  readonly requests: number;
  /** Of each worker that the gateway has a link to: its process id, and how many it was given. */
  readonly workers: readonly (readonly [pid: number, requests: number])[];
}

export type GatewayToMaster =
  | { type: 'ready' }
  | PeerLoadMessage
  | ServiceLeft
  | { type: 'linked'; worker: number; pid: number }
  /** At most every 250 ms, while something changes; at once when a request finds no worker at all. */
  | { type: 'load'; apps: readonly AppLoad[] }
  /** `hung`: what the worker still has of this gateway was given up (`stuck`). */
  | { type: 'released'; worker: number; pid: number; hung: boolean }
  | { type: 'listening' }
  | { type: 'listen_failed'; listener: number; code: string; message: string }
  | { type: 'failed'; message: string }
  /** No request waits any more for an app that is not served any more. `fault`: what could not be had; empty: all is well. */
  | { type: 'configured'; fault: string }
  | { type: 'challenges_held'; number: number }
  /** A request has had its time (`reason`: which): the worker is to write down where it hangs. */
  | { type: 'late'; pid: number; requestId: string; reason: string }
  /** It did not end either: the worker is to be replaced. */
  | {
      type: 'stuck';
      app: string;
      worker: number;
      pid: number;
      requestId: string;
      method: string;
      path: string;
      limitMs: number;
    }
  | { type: 'drained' };
