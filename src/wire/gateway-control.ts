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

export interface GatewayStart<Settings> {
  readonly type: 'start';
  readonly gateway: number;
  readonly settings: Settings;
  readonly listeners: readonly GatewayListener[];
  /** Where request bodies are spooled. */
  readonly spoolDir: string;
  /** A folder to remove if the master dies without having said `drain`; empty: none. */
  readonly removeDir: string;
}

export type MasterToGateway<Settings> =
  | GatewayStart<Settings>
  | { type: 'worker_add'; worker: number; pid: number; socket: string }
  /** Finish what runs on the worker, hand it nothing more, then answer `released`. */
  | { type: 'worker_remove'; worker: number; pid: number }
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
