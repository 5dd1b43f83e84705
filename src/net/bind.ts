import { chmodSync, existsSync, lstatSync, statSync, unlinkSync } from 'node:fs';
import { lookup } from 'node:dns/promises';
import * as net from 'node:net';
import { dirname } from 'node:path';
import { getSystemErrorName } from 'node:util';
import type { BindAddress } from '../config/bind.ts';

/** A socket that is bound and not yet listening; it is handed to the gateways as a descriptor. */
export interface BoundSocket {
  readonly fd: number;
  readonly url: string;
  readonly unix: boolean;
  readonly address: string;
  readonly port: number;
  /** Closes our copy, and removes the file of a Unix socket that we made. */
  close(): void;
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
 * Binds without listening. The master must own the sockets (they outlive any gateway) but never accept on them, and
 * Node's public `listen()` does both at once; so this uses the handle constructor on which Node's own cluster module is built.
 * This file is the only place that knows it.
 */
export async function bindSocket(bind: BindAddress, options: { socketMode: number }): Promise<BoundSocket> {
  if (bind.kind === 'fd') return inherited(bind);
  if (bind.kind === 'unix') {
    if (!existsSync(dirname(bind.path))) throw new BindError(bind, 'ENOENT');
    await removeStale(bind);
    return bindUnix(bind, options.socketMode);
  }
  return bindTcp(bind);
}

interface RawHandle {
  readonly fd: number;
  getsockname(out: { address?: string; port?: number; family?: string }): number;
  close(): void;
}

type CreateServerHandle = (
  address: string,
  port: number,
  type: 4 | 6 | -1,
  fd?: number,
  flags?: number,
) => RawHandle | number;

const createServerHandle = (net as unknown as { _createServerHandle: CreateServerHandle })
  ._createServerHandle;

const UV_TCP_IPV6ONLY = 1;

async function bindTcp(bind: BindAddress & { kind: 'tcp' }): Promise<BoundSocket> {
  const { address, family } = await resolveHost(bind);
  const handle = createServerHandle(address, bind.port, family, -1, family === 6 ? UV_TCP_IPV6ONLY : 0);
  if (typeof handle === 'number') throw new BindError(bind, getSystemErrorName(handle));
  const name: { address?: string; port?: number } = {};
  // A port in use shows only here: bind(2)'s error is kept back by the runtime until the address is asked for.
  const status = handle.getsockname(name);
  if (status !== 0) {
    handle.close();
    throw new BindError(bind, getSystemErrorName(status));
  }
  const port = name.port ?? bind.port;
  const host = family === 6 ? `[${address}]` : address;
  return {
    fd: handle.fd,
    url: `http://${host}:${port}`,
    unix: false,
    address,
    port,
    close: () => handle.close(),
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

function bindUnix(bind: BindAddress & { kind: 'unix' }, mode: number): BoundSocket {
  // Created with no access for anybody else, then opened to `mode`: nobody slips in between.
  const umask = process.umask(0o177);
  let handle: RawHandle | number;
  try {
    handle = createServerHandle(bind.path, -1, -1);
  } finally {
    process.umask(umask);
  }
  if (typeof handle === 'number') throw new BindError(bind, getSystemErrorName(handle));
  const bound = handle;
  chmodSync(bind.path, mode);
  const { dev, ino } = statSync(bind.path);
  return {
    fd: bound.fd,
    url: `unix:${bind.path}`,
    unix: true,
    address: bind.path,
    port: 0,
    close: () => {
      bound.close();
      removeOwn(bind.path, dev, ino);
    },
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

function removeOwn(path: string, dev: number, ino: number): void {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found !== undefined && found.dev === dev && found.ino === ino) unlinkSync(path);
}

/** A descriptor that whoever started us has bound already (systemd, a supervisor, `fd://3`). */
function inherited(bind: BindAddress & { kind: 'fd' }): BoundSocket {
  const handle = createServerHandle('', 0, 4, bind.fd);
  if (typeof handle === 'number') throw new BindError(bind, getSystemErrorName(handle));
  const name: { address?: string; port?: number; family?: string } = {};
  const status = typeof handle.getsockname === 'function' ? handle.getsockname(name) : -1;
  if (status === 0 && name.address !== undefined) {
    const host = name.address.includes(':') ? `[${name.address}]` : name.address;
    const port = name.port ?? 0;
    return {
      fd: bind.fd,
      url: `http://${host}:${port}`,
      unix: false,
      address: name.address,
      port,
      close: () => undefined,
    };
  }
  return {
    fd: bind.fd,
    url: `fd://${bind.fd}`,
    unix: true,
    address: `fd://${bind.fd}`,
    port: 0,
    close: () => undefined,
  };
}
