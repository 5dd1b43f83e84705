import { closeSync, lstatSync, unlinkSync } from 'node:fs';
import { type BindAddress, bindText, parseBind } from '../config/bind.ts';
import type { Environment } from '../config/env.ts';
import { boundPath } from './bound-path.ts';
import { boundTo, rawHandle } from './raw-handle.ts';

/** By its numbers, so that a socket that somebody else has put there meanwhile is left alone. */
export interface SocketFile {
  readonly dev: number;
  readonly ino: number;
}

/** A descriptor of this process that is bound to an address. */
export interface InheritedSocket {
  readonly fd: number;
  /** The addresses it may be asked for by. */
  readonly keys: readonly string[];
  /** Where this server is to remove it at its end. */
  readonly file: SocketFile | null;
  /** The service manager made it, and it stands for the addresses when nobody named any. */
  readonly activated: boolean;
}

/** The sockets that a process was started with; each is given out once. */
export class InheritedSockets {
  /** The addresses to serve when nobody named any; empty: the usual one. */
  readonly activated: readonly BindAddress[];
  readonly #sockets: InheritedSocket[];

  constructor(sockets: readonly InheritedSocket[]) {
    this.#sockets = [...sockets];
    this.activated = sockets.filter((one) => one.activated).map((one) => parseBind(one.keys[0] ?? ''));
  }

  /** Null: nobody has bound it for us. */
  take(bind: BindAddress): InheritedSocket | null {
    const key = bindText(bind);
    const at = this.#sockets.findIndex((one) => one.keys.includes(key));
    return this.#sockets.splice(at, at < 0 ? 0 : 1)[0] ?? null;
  }

  /** Gives up those that nobody has taken, so that no client waits in their backlog for ever; says which of them were given by a service manager. */
  closeRest(): readonly string[] {
    const rest = this.#sockets.splice(0);
    for (const { fd, keys, file } of rest) {
      closeSync(fd);
      const [key = ''] = keys;
      if (file !== null && key.startsWith('unix:')) removeSocketFile(key.slice('unix:'.length), file);
    }
    return rest.filter((one) => one.activated).map((one) => one.keys.at(-1) ?? '');
  }
}

/** Unless somebody else has put another one there. */
export function removeSocketFile(path: string, file: SocketFile): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found !== undefined && found.dev === file.dev && found.ino === file.ino) unlinkSync(path);
}

/** sd_listen_fds(3): the descriptors from here on. */
const LISTEN_FDS_START = 3;
const LISTEN_FDS_MAX = 1024;

/**
 * The sockets that a service manager has handed to this very process (socket activation). Each may be asked for by its number (`fd://3`) or by the
 * address it is bound to.
 */
export function activatedSockets(env: Environment, pid: number): readonly InheritedSocket[] {
  const count = Number(env['LISTEN_FDS'] ?? '');
  if (Number(env['LISTEN_PID'] ?? '') !== pid || !Number.isInteger(count)) return [];
  const fds = Array.from({ length: Math.min(Math.max(0, count), LISTEN_FDS_MAX) }, (_, index) => index);
  return fds.map((index) => {
    const fd = LISTEN_FDS_START + index;
    const address = boundAddress(fd);
    return { fd, keys: [`fd://${fd}`, ...(address === '' ? [] : [address])], file: null, activated: true };
  });
}

/** As `bindText` has it; empty when it can't be told. */
function boundAddress(fd: number): string {
  const handle = rawHandle.open(fd);
  if (typeof handle === 'number') return '';
  const bound = boundTo(handle);
  if (typeof bound === 'number') return '';
  if (bound === null) {
    const path = boundPath(fd);
    return path.startsWith('/') ? `unix:${path}` : '';
  }
  return bound.address.includes(':') ? `[${bound.address}]:${bound.port}` : `${bound.address}:${bound.port}`;
}
