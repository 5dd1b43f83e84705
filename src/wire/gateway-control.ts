/** Messages of the control channel between master and gateway; see docs/internals/wire.md. */

export interface GatewayListener {
  /** The descriptor of the bound socket in the gateway, inherited from the master. */
  readonly fd: number;
  /** For people: `http://127.0.0.1:8000` or `unix:/run/app.sock`. */
  readonly url: string;
  readonly unix: boolean;
  /** Path of a Unix socket, else the bound address. */
  readonly address: string;
  readonly port: number;
}

/** One application, as the gateways need to know it. */
export interface GatewayApp {
  readonly name: string;
  readonly rootPath: string;
  /** 0: no limit. */
  readonly concurrencyMax: number;
}

export interface GatewayStart<Settings> {
  readonly type: 'start';
  readonly gateway: number;
  readonly settings: Settings;
  readonly listeners: readonly GatewayListener[];
  /** The first is the main one. */
  readonly apps: readonly GatewayApp[];
  /** The longest path first; what none of them matches is the main app's. */
  readonly locations: readonly { readonly path: string; readonly app: string }[];
  /** Where request bodies are spooled. */
  readonly spoolDir: string;
  /** A folder to remove if the master dies without having said `drain`; empty: none. */
  readonly removeDir: string;
}

export type MasterToGateway<Settings> =
  | GatewayStart<Settings>
  | {
      type: 'worker_add';
      app: string;
      worker: number;
      pid: number;
      socket: string;
      interface: 'wsgi' | 'asgi';
    }
  /** Finish what runs on the worker, hand it nothing more, then answer `released`. */
  | { type: 'worker_remove'; app: string; worker: number; pid: number }
  | { type: 'listen' }
  /** Stop accepting, finish the requests in flight, answer `drained`. */
  | { type: 'drain' }
  | { type: 'reopen' };

export type GatewayToMaster =
  | { type: 'ready' }
  | { type: 'linked'; worker: number; pid: number }
  | { type: 'released'; worker: number; pid: number }
  | { type: 'listening' }
  | { type: 'listen_failed'; listener: number; code: string; message: string }
  | { type: 'failed'; message: string }
  | { type: 'drained' };
