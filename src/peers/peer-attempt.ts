import type { Socket } from 'node:net';
import type { Sweepable, Sweeper } from '../base/sweeper.ts';
import type { Peer } from './peer.ts';
import type { PeerConnection } from './peer-connection.ts';
import { peerFailure, type PeerFailure } from './peer-failure.ts';

/** Who waits for a connection; one of the two is called, once, never during the asking. */
export interface ConnectWaiter {
  connected(connection: PeerConnection): void;
  unconnected(failure: PeerFailure): void;
}

/** The way to a new connection: a name, its addresses one after the other, perhaps TLS. */
export class PeerAttempt implements Sweepable {
  deadline: number;
  readonly #peer: Peer;
  readonly #waiter: ConnectWaiter;
  readonly #sweeper: Sweeper;
  readonly #ms: number;
  readonly #preface: Buffer | null;
  #addresses: readonly string[] = [];
  #next = 0;
  #socket: Socket | null = null;
  #over = false;

  constructor(peer: Peer, waiter: ConnectWaiter, sweeper: Sweeper, ms: number, preface: Buffer | null) {
    this.#peer = peer;
    this.#waiter = waiter;
    this.#sweeper = sweeper;
    this.#ms = ms;
    this.#preface = preface;
    this.deadline = performance.now() + ms;
    sweeper.add(this);
    const { socket, host } = peer.spec;
    if (socket !== '') this.#begin([socket]);
    else
      peer.names.resolve(host, (result) => {
        if (result instanceof Error)
          process.nextTick(() => this.#fail(peerFailure('unresolved', `has no address: ${result.message}`)));
        else this.#begin(result);
      });
  }

  /** Nobody waits any more. */
  cancel(): void {
    this.#end();
    this.#socket?.destroy();
  }

  expire(): void {
    this.#peer.names.doubt(this.#peer.spec.host);
    this.#fail(peerFailure('connect_timeout', `did not accept a connection within ${this.#ms / 1000} s`));
  }

  #begin(addresses: readonly string[]): void {
    if (this.#over) return;
    this.#addresses = addresses;
    this.#try();
  }

  #try(): void {
    const address = this.#addresses[this.#next] ?? '';
    this.#next += 1;
    const socket = this.#peer.open(address, this.#preface, (connection) => {
      socket.off('error', failed);
      if (this.#over) return connection.abandon();
      this.#end();
      this.#waiter.connected(connection);
    });
    const failed = (error: NodeJS.ErrnoException): void => {
      socket.destroy();
      if (this.#over) return;
      if (this.#next < this.#addresses.length) this.#try();
      else {
        this.#peer.names.doubt(this.#peer.spec.host);
        this.#fail(failureOf(error));
      }
    };
    this.#socket = socket;
    socket.on('error', failed);
  }

  #fail(failure: PeerFailure): void {
    if (this.#over) return;
    this.#end();
    this.#socket?.destroy();
    this.#waiter.unconnected(failure);
  }

  #end(): void {
    this.#over = true;
    this.deadline = Infinity;
    this.#sweeper.delete(this);
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'refused the connection',
  ENOENT: 'is not there: there is no such socket',
  EACCES: 'may not be reached by this user',
  EHOSTUNREACH: 'cannot be reached: there is no way to its network',
  ENETUNREACH: 'cannot be reached: there is no way to its network',
  ETIMEDOUT: 'did not accept a connection in time',
};

/** Codes of TLS that say that the peer is not who it should be. */
const TRUST = /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT_ALTNAME/;

function failureOf(error: NodeJS.ErrnoException): PeerFailure {
  const code = error.code ?? '';
  if (TRUST.test(code))
    return peerFailure('untrusted', `has a certificate that is not believed: ${error.message}`);
  return peerFailure('unreachable', WORDS[code] ?? `could not be connected to: ${error.message}`);
}
