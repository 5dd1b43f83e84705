import * as net from 'node:net';

/** A socket of the runtime that nobody accepts on. It stays open until it is closed, also when nobody holds it any more. */
export interface RawHandle {
  readonly fd: number;
  close(): void;
}

export interface TcpHandle extends RawHandle {
  getsockname(out: { address?: string; port?: number; family?: string }): number;
}

/**
 * Binds without listening. The master must own the sockets (they outlive any gateway) but never accept on them, and
 * Node's public `listen()` does both at once; so this uses the handle constructor on which Node's own cluster module is built.
 * This file is the only place that knows it. The functions give the negative number of the error when they fail.
 */
export const rawHandle = {
  tcp(address: string, port: number, family: 4 | 6): TcpHandle | number {
    return create(address, port, family, -1, family === 6 ? UV_TCP_IPV6ONLY : 0) as TcpHandle | number;
  },
  /** Closing it, or the end of the process, removes `path`. */
  unix(path: string): RawHandle | number {
    return create(path, -1, -1);
  },
  /** Somebody else's descriptor; of TCP when it has `getsockname`, else of a Unix socket. */
  open(fd: number): RawHandle | TcpHandle | number {
    return create('', 0, 4, fd);
  },
};

/** The address that a TCP socket is bound to; null: the handle is of another kind. A number: the error of the system. */
export function boundTo(
  handle: RawHandle | TcpHandle,
): { readonly address: string; readonly port: number } | null | number {
  if (!('getsockname' in handle) || typeof handle.getsockname !== 'function') return null;
  const name: { address?: string; port?: number } = {};
  const status = handle.getsockname(name);
  return status === 0 ? { address: name.address ?? '', port: name.port ?? 0 } : status;
}

type CreateServerHandle = (
  address: string,
  port: number,
  type: 4 | 6 | -1,
  fd?: number,
  flags?: number,
) => RawHandle | number;

const create = (net as unknown as { _createServerHandle: CreateServerHandle })._createServerHandle;

const UV_TCP_IPV6ONLY = 1;
