import { connect as connectTcp, isIP, type Socket } from 'node:net';
import type { SecureContext, TLSSocket } from 'node:tls';
import type { Sweeper } from '../base/sweeper.ts';
import type { Log } from '../telemetry/log.ts';
import type { BalanceSpec } from '../wire/balance-spec.ts';
import type { PeerSpec, UpstreamSpec } from '../wire/proxy-spec.ts';
import type { Choosable } from './balance/peer-choice.ts';
import { type HealthRules, PeerHealth } from './balance/peer-health.ts';
import { type ConnectWaiter, PeerAttempt } from './peer-attempt.ts';
import { type ConnectionHome, PeerConnection } from './peer-connection.ts';
import type { Names } from './names.ts';

/** What peers share. */
export interface PeerOptions {
  readonly sweeper: Sweeper;
  readonly names: Names;
  /** Longest response head, bytes. */
  readonly headBytesMax: number;
  readonly log: Log;
}

/** A peer that says how long it keeps a connection is believed but for this, the time of a request on its way. Milliseconds. */
const KEPT_MARGIN_MS = 500;
const READ_BYTES = 65_536;
/** All plain connections are read into this one: what is read is used, or copied, before the next read. */
const buffer = Buffer.allocUnsafeSlow(READ_BYTES);

/** One server behind us, and the connections to it that wait for the next request. */
export class Peer implements ConnectionHome, Choosable {
  readonly spec: PeerSpec;
  /** For logs: `10.0.0.1:8000` or `unix:/run/app.sock`. */
  readonly address: string;
  /** As in its URL: `example.com:8000`, without the port that goes without saying. */
  readonly host: string;
  /** Requests that it has now, and tunnels. */
  inFlight = 0;
  /** Called whenever it has none any more. */
  onIdle: (() => void) | null = null;
  weight: number;
  readonly health: PeerHealth;
  /** Since the gateway knows it: requests that it was given, those that it failed, and times without requests for that. */
  requests = 0;
  failures = 0;
  bans = 0;
  readonly names: Names;
  readonly #options: PeerOptions;
  readonly #upstream: UpstreamSpec;
  readonly #idle: PeerConnection[] = [];
  #secure: SecureContext | null = null;
  #session: Buffer | undefined;
  #closed = false;

  constructor(spec: PeerSpec, upstream: UpstreamSpec, options: PeerOptions) {
    this.spec = spec;
    this.weight = spec.weight;
    this.health = new PeerHealth(rulesOf(upstream.balance));
    this.names = options.names;
    this.#options = options;
    this.#upstream = upstream;
    const bracketed = spec.host.includes(':') ? `[${spec.host}]` : spec.host;
    this.address = spec.socket === '' ? `${bracketed}:${spec.port}` : `unix:${spec.socket}`;
    const ownPort = spec.tls ? 443 : 80;
    this.host = spec.socket !== '' ? 'localhost' : spec.port === ownPort ? bracketed : this.address;
  }

  get name(): string {
    return this.spec.url;
  }

  get backup(): boolean {
    return this.spec.backup;
  }

  get proxyProtocol(): BalanceSpec['proxyProtocol'] {
    return this.#upstream.balance.proxyProtocol;
  }

  get full(): boolean {
    const { connectionsMax } = this.spec;
    return connectionsMax > 0 && this.inFlight >= connectionsMax;
  }

  weigh(now: number): void {
    this.weight = this.spec.weight * this.health.share(now);
  }

  /** Connections that wait. */
  get idle(): number {
    return this.#idle.length;
  }

  /** A connection that was kept, the one that waited the shortest; null: there is none. */
  take(): PeerConnection | null {
    const now = performance.now();
    for (let one = this.#idle.pop(); one !== undefined; one = this.#idle.pop()) {
      if (one.usable && one.deadline > now) return one;
      one.abandon();
    }
    return null;
  }

  /** A new connection, within `ms`. @param preface what is sent ahead of everything; null: nothing */
  connect(waiter: ConnectWaiter, ms: number, preface: Buffer | null = null): PeerAttempt {
    return new PeerAttempt(this, waiter, this.#options.sweeper, ms, preface);
  }

  /** A socket to one address (of a Unix socket: its path) that is not connected yet; `connected` once it can be written to. */
  open(address: string, preface: Buffer | null, connected: (connection: PeerConnection) => void): Socket {
    const { spec } = this;
    let connection: PeerConnection | null = null;
    const receive = (chunk: Buffer): void => connection?.receive(chunk);
    const socket = spec.tls ? this.#openTls(address) : this.#openPlain(address, receive);
    if (spec.tls) socket.on('data', receive);
    socket.once(spec.tls ? 'secureConnect' : 'connect', () => {
      connection = new PeerConnection(socket, this, this.#options.headBytesMax);
      this.#options.sweeper.add(connection);
      if (preface !== null) socket.write(preface);
      connected(connection);
    });
    return socket;
  }

  keep(connection: PeerConnection, ms: number): void {
    const { keepAliveMax, keepAliveMs } = this.#upstream;
    const keptMs = Math.min(keepAliveMs, ms - KEPT_MARGIN_MS);
    const single = this.spec.protocol === 'uwsgi' || this.proxyProtocol !== 'off';
    if (this.#closed || single || keptMs <= 0 || this.#idle.length >= keepAliveMax) {
      connection.abandon();
      return;
    }
    connection.deadline = performance.now() + keptMs;
    this.#idle.push(connection);
  }

  closed(connection: PeerConnection): void {
    this.#options.sweeper.delete(connection);
    const index = this.#idle.indexOf(connection);
    if (index !== -1) this.#idle.splice(index, 1);
  }

  /** No connection is kept any more; those that are in use end with their response. */
  close(): void {
    this.#closed = true;
    for (const connection of this.#idle.splice(0)) connection.abandon();
  }

  #openPlain(address: string, receive: (chunk: Buffer) => void): Socket {
    const { socket: path, port } = this.spec;
    const callback = (bytes: number): boolean => {
      receive(buffer.subarray(0, bytes));
      return true;
    };
    const onread = { buffer, callback };
    return path === '' ? connectTcp({ host: address, port, onread }) : connectTcp({ path, onread });
  }

  #openTls(address: string): TLSSocket {
    const { tlsVerify, tlsName, tlsCa } = this.#upstream;
    const name = tlsName === '' ? this.spec.host : tlsName;
    // Read when it is wanted first: who encrypts nothing does not keep it.
    const { checkServerIdentity, connect, createSecureContext } = process.getBuiltinModule('node:tls');
    this.#secure ??= createSecureContext(tlsCa === '' ? {} : { ca: tlsCa });
    const socket = connect({
      host: address,
      port: this.spec.port,
      secureContext: this.#secure,
      rejectUnauthorized: tlsVerify,
      ALPNProtocols: ['http/1.1'],
      checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
      ...(isIP(name) === 0 ? { servername: name } : {}),
      ...(this.#session === undefined ? {} : { session: this.#session }),
    });
    socket.on('session', (session: Buffer) => {
      this.#session = session;
    });
    return socket;
  }
}

function rulesOf({ failMax, failWindowMs, failMs, slowStartMs, health }: BalanceSpec): HealthRules {
  const { rise, fall } = health ?? { rise: 1, fall: 1 };
  return { failMax, failWindowMs, banMs: failMs, slowStartMs, rise, fall };
}
