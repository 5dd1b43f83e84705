import { chmodSync, existsSync, lstatSync, renameSync, rmSync, statSync, unlinkSync } from 'node:fs';
import { lookup } from 'node:dns/promises';
import * as net from 'node:net';
import { dirname, join } from 'node:path';
import { getSystemErrorName } from 'node:util';
import { type BindAddress, bindText } from '../config/bind.ts';
import { boundPath } from './bound-path.ts';
import {
  type InheritedSocket,
  type InheritedSockets,
  removeSocketFile,
  type SocketFile,
} from './inherited-sockets.ts';
import { boundTo, rawHandle, type RawHandle } from './raw-handle.ts';

/** A socket that is bound and not yet listening; it is handed to the gateways as a descriptor. */
export interface BoundSocket {
  readonly fd: number;
  /** The address as it was asked for, in its full form: what the next master of an upgrade finds its socket by. */
  readonly key: string;
  readonly url: string;
  readonly unix: boolean;
  readonly address: string;
  readonly port: number;
  /** The file of a Unix socket that this server made; null: there is none, or it is somebody else's to remove. */
  readonly file: SocketFile | null;
  /** Whether the service manager bound it. */
  readonly activated: boolean;
  /** Closes our copy, and removes the file of a Unix socket that we made. */
  close(): void;
  /** Closes our copy only: others serve on. */
  release(): void;
}

/** Why an address could not be had. `code` is the system's error name. */
export class BindError extends Error {
  readonly code: string;
  readonly bind: BindAddress;

  constructor(bind: BindAddress, code: string) {
    super(`cannot bind ${bind.source}: ${code}`);
    this.code = code;
    this.bind = bind;
  }
}

/**
 * Binds without listening, or takes the socket over from whoever has bound the address for us already: the master before this one (an
 * upgrade) or the service manager.
 */
export async function bindSocket(
  bind: BindAddress,
  options: { readonly socketMode: number; readonly inherited?: InheritedSockets | undefined },
): Promise<BoundSocket> {
  const given = options.inherited?.take(bind) ?? null;
  if (given !== null) return adopt(bind, given);
  if (bind.kind === 'fd') return adopt(bind, { fd: bind.fd, file: null, activated: false });
  if (bind.kind === 'unix') {
    if (!existsSync(dirname(bind.path))) throw new BindError(bind, 'ENOENT');
    await removeStale(bind);
    return bindUnix(bind, options.socketMode);
  }
  return bindTcp(bind);
}

async function bindTcp(bind: BindAddress & { kind: 'tcp' }): Promise<BoundSocket> {
  const { address, family } = await resolveHost(bind);
  const handle = rawHandle.tcp(address, bind.port, family);
  if (typeof handle === 'number') throw new BindError(bind, getSystemErrorName(handle));
  // A port in use shows only here: bind(2)'s error is kept back by the runtime until the address is asked for.
  const bound = boundTo(handle);
  if (typeof bound === 'number') {
    handle.close();
    throw new BindError(bind, getSystemErrorName(bound));
  }
  return tcpSocket(bindText(bind), handle, { address, port: bound?.port ?? bind.port }, false);
}

function tcpSocket(
  key: string,
  handle: RawHandle,
  { address, port }: { address: string; port: number },
  activated: boolean,
): BoundSocket {
  const host = address.includes(':') ? `[${address}]` : address;
  const release = (): void => handle.close();
  return {
    fd: handle.fd,
    key,
    url: `http://${host}:${port}`,
    unix: false,
    address,
    port,
    file: null,
    activated,
    close: release,
    release,
  };
}

async function resolveHost(bind: BindAddress & { kind: 'tcp' }): Promise<{ address: string; family: 4 | 6 }> {
  const literal = net.isIP(bind.host);
  if (literal !== 0) return { address: bind.host, family: literal === 6 ? 6 : 4 };
  try {
    const found = await lookup(bind.host);
    return { address: found.address, family: found.family === 6 ? 6 : 4 };
  } catch {
    throw new BindError(bind, 'ENOTFOUND');
  }
}

/**
 * Bound under a name of the moment, then renamed. The runtime removes the file it has bound when it closes the socket, at the latest when
 * the process ends, and after an upgrade the next master serves there; the name that it knows is gone by then. And nobody sees a
 * socket without its permissions.
 */
function bindUnix(bind: BindAddress & { kind: 'unix' }, mode: number): BoundSocket {
  const moment = momentary(bind.path);
  // Left by a process that had our number.
  rmSync(moment, { force: true });
  // Created with no access for anybody else, then opened to `mode`: nobody slips in between.
  const umask = process.umask(0o177);
  let handle: RawHandle | number;
  try {
    handle = rawHandle.unix(moment);
  } finally {
    process.umask(umask);
  }
  if (typeof handle === 'number') throw new BindError(bind, getSystemErrorName(handle));
  chmodSync(moment, mode);
  const { dev, ino } = statSync(moment);
  renameSync(moment, bind.path);
  return unixSocket(bindText(bind), handle, bind.path, { file: { dev, ino }, activated: false });
}

/** Another name in the same folder. A long path leaves no room for a telling one. */
function momentary(path: string): string {
  const telling = `${path}.${process.pid}`;
  if (Buffer.byteLength(telling) <= UNIX_PATH_BYTES_MAX) return telling;
  return join(dirname(path), `.${process.pid.toString(36)}`);
}

/** `sun_path` holds 104 bytes on macOS, with the NUL. */
const UNIX_PATH_BYTES_MAX = 103;

function unixSocket(
  key: string,
  handle: RawHandle,
  path: string,
  { file, activated }: { file: SocketFile | null; activated: boolean },
): BoundSocket {
  return {
    fd: handle.fd,
    key,
    url: path === '' ? key : `unix:${path}`,
    unix: true,
    address: path === '' ? key : path,
    port: 0,
    file,
    activated,
    close: () => {
      handle.close();
      if (file !== null) removeSocketFile(path, file);
    },
    release: () => handle.close(),
  };
}

/** A socket file that a dead server left behind is removed; a living server's, or anything else at the path, is not ours. */
async function removeStale(bind: BindAddress & { kind: 'unix' }): Promise<void> {
  const found = lstatSync(bind.path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw new BindError(bind, 'ENOTSOCK');
  if (await answers(bind.path)) throw new BindError(bind, 'EADDRINUSE');
  unlinkSync(bind.path);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = net.connect(path);
    const settle = (alive: boolean): void => {
      probe.destroy();
      resolve(alive);
    };
    probe.once('connect', () => settle(true));
    probe.once('error', () => settle(false));
  });
}

/** A descriptor that is bound already. */
function adopt(bind: BindAddress, { fd, file, activated }: Omit<InheritedSocket, 'keys'>): BoundSocket {
  const handle = rawHandle.open(fd);
  if (typeof handle === 'number') throw new BindError(bind, getSystemErrorName(handle));
  const bound = boundTo(handle);
  if (typeof bound === 'number') throw new BindError(bind, getSystemErrorName(bound));
  if (bound !== null) return tcpSocket(bindText(bind), handle, bound, activated);
  const path = bind.kind === 'unix' ? bind.path : boundPath(fd);
  return unixSocket(bindText(bind), handle, path, { file, activated });
}
