import { chmodSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import type { Log } from '../telemetry/log.ts';
import type { CommandAnswer, ServerCommand } from './command.ts';
import { ControlSession } from './control-session.ts';
import { type OnReloadProgress, refusal, type ReloadResult } from '../supervisor/reload.ts';
import type { ReloadScope } from '../supervisor/reload-scope.ts';
import type { Scaling } from '../supervisor/scaling.ts';
import type { Status } from '../supervisor/status.ts';
import type { UpgradeResult } from './upgrade.ts';
import type { Upstreams } from '../supervisor/upstreams.ts';

/** What a server can be told over its control socket. */
export interface Controllable {
  reload(onProgress: OnReloadProgress, scope: ReloadScope): Promise<ReloadResult>;
  status(): Status;
  readonly scaling: Pick<Scaling, 'to' | 'by'>;
  readonly upstreams: Pick<Upstreams, 'change'>;
  upgrade(): Promise<UpgradeResult>;
  terminate(): void;
  quit(): void;
}

/** Connections at once; more are turned away. */
const CONNECTIONS_MAX = 32;

/**
 * The Unix socket over which `licorne reload`, `stop`, `status`, `scale` and `upgrade` talk to a running server. Nobody but its user (and root) may
 * connect: the socket's permissions say so, and those of the folder it is in.
 */
export class ControlServer {
  readonly #server: Server;
  readonly #target: Controllable;
  readonly #log: Log;
  readonly #sockets = new Set<Socket>();

  private constructor(target: Controllable, log: Log) {
    this.#target = target;
    this.#log = log;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#accept(socket));
  }

  /** Rejects when the socket cannot be made. */
  static listen(path: string, target: Controllable, log: Log): Promise<ControlServer> {
    const control = new ControlServer(target, log);
    return new Promise((resolve, reject) => {
      // Created with no access for anybody else: `listen` binds within this very call.
      const umask = process.umask(0o177);
      try {
        control.#server.once('error', reject).listen(path, () => {
          chmodSync(path, 0o600);
          control.#server.off('error', reject).on('error', () => undefined);
          resolve(control);
        });
      } finally {
        process.umask(umask);
      }
    });
  }

  /** The server ends: whoever waits for that is told by the end of the connection. */
  close(): void {
    this.#server.close(() => undefined);
    for (const socket of this.#sockets) socket.destroy();
  }

  #accept(socket: Socket): void {
    if (this.#sockets.size >= CONNECTIONS_MAX) {
      socket.on('error', () => undefined);
      socket.end(`${JSON.stringify(refusal(`more than ${CONNECTIONS_MAX} commands at once`))}\n`);
      socket.destroySoon();
      return;
    }
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    new ControlSession(socket, (command, onProgress) => this.#execute(command, onProgress));
  }

  async #execute(command: ServerCommand, onProgress: OnReloadProgress): Promise<CommandAnswer> {
    const target = this.#target;
    switch (command.command) {
      case 'reload':
        return target.reload(onProgress, command.scope);
      case 'status':
        return { ok: true, ...target.status() };
      case 'upgrade':
        return target.upgrade();
      case 'scale':
        return 'by' in command
          ? target.scaling.by(command.app, command.by)
          : target.scaling.to(command.app, command.workers);
      case 'upstream':
        return target.upstreams.change(command.action, command.upstream, command.peer);
      case 'stop':
        this.#log.info(
          command.now ? 'Told to stop at once (licorne stop --now)' : 'Told to stop (licorne stop)',
        );
        if (command.now) target.quit();
        else target.terminate();
        return { ok: true, pid: process.pid };
    }
  }
}
