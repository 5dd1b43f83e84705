import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Sweeper } from '../../base/sweeper.ts';
import type { Settings } from '../../config/options.ts';
import type { TlsInfo } from '../../http/tls-info.ts';
import type { Log } from '../../telemetry/log.ts';
import type { TlsSpec } from '../../wire/tls-spec.ts';
import type { Challenges } from '../challenges.ts';
import type { GatewayOptions } from '../gateway-options.ts';
import { asksForChallenge } from './challenge-hello.ts';
import { ConnectionInfo } from './connection-info.ts';
import { type HandshakeLimits, Handshakes } from './handshakes.ts';
import { SecureServer } from './secure-server.ts';
import { SecureServers } from './secure-servers.ts';

/** Where connections go once it is known what they speak. */
export interface Entrance {
  /** `socket.alpnProtocol` says which protocol was agreed on; false: none, which is HTTP/1.1. */
  secured(socket: TLSSocket, tls: TlsInfo): void;
  /** Plain HTTP where TLS is spoken; `first` is what the client said. */
  plain(socket: Socket, first: Buffer): void;
}

/** The TLS of a gateway: takes accepted sockets, and gives them on when their handshake is done. */
export class TlsDoor {
  readonly #handshakes: Handshakes;
  readonly #log: Log;
  readonly #challenges: Challenges;
  #spec: TlsSpec | null = null;
  #servers: SecureServers | null = null;
  #limits: HandshakeLimits;

  /** @param challenges that certificate authorities may ask for at the same port. */
  constructor(settings: Settings, sweeper: Sweeper, log: Log, challenges: Challenges) {
    this.#challenges = challenges;
    this.#handshakes = new Handshakes(sweeper);
    this.#log = log;
    this.#limits = limitsOf(settings);
  }

  /** Whether there is a certificate to show. */
  get ready(): boolean {
    return this.#servers !== null;
  }

  /** New connections are encrypted like this. Throws when OpenSSL can't have it, and then nothing has changed. */
  configure(
    { settings, sites }: Pick<GatewayOptions, 'settings' | 'sites'>,
    spec: TlsSpec | null = this.#spec,
  ): void {
    if (spec !== null && spec.certificates.length > 0)
      this.#servers = new SecureServers(spec, settings, sites, {
        secured: (raw, socket) => this.#handshakes.secured(raw, socket),
        failed: (raw, error) => this.#handshakes.failed(raw, error, this.#log),
      });
    this.#spec = spec;
    this.#limits = limitsOf(settings);
  }

  open(socket: Socket, entrance: Entrance): void {
    const servers = this.#servers;
    let chosen: SecureServer | null = null;
    this.#handshakes.begin(socket, this.#limits, {
      choose: (first) => {
        const { server } = this.#challenges;
        const asks = server === null ? false : asksForChallenge(first);
        if (asks !== false) return asks === 'more' ? asks : server;
        const found = servers?.choose(first) ?? null;
        if (found instanceof SecureServer) chosen = found;
        return found;
      },
      secured: (secure) => {
        if (chosen !== null) entrance.secured(secure, new ConnectionInfo(secure, chosen.rule));
      },
      plain: (plain, first) => {
        this.#handshakes.plain(plain);
        entrance.plain(plain, first);
      },
    });
  }

  /** Calls `done` when no handshake is under way. */
  whenEmpty(done: () => void): void {
    this.#handshakes.whenEmpty(done);
  }

  cut(): void {
    this.#handshakes.cut();
  }
}

function limitsOf(settings: Settings): HandshakeLimits {
  return { timeoutMs: settings.tls_handshake_timeout * 1000, pendingMax: settings.tls_handshakes_max };
}
