import type { Socket } from 'node:net';
import type { Server, TlsOptions, TLSSocket } from 'node:tls';
import type { Settings } from '../../config/options.ts';
import type { ClientRule, TlsSpec } from '../../wire/tls-spec.ts';
import { CertificateTable } from './certificate-table.ts';
import { authorities, cipherOptions, sessionOptions } from './tls-options.ts';

/** What becomes of the sockets that a SecureServer was given. */
export interface SecureEvents {
  secured(raw: Socket, socket: TLSSocket): void;
  failed(raw: Socket, error: Error): void;
}

/**
 * Encrypts sockets that others have accepted. For each state of certificates and settings there is another one; connections go on with that
 * which they began with.
 */
export class SecureServer {
  /** What clients are asked for. */
  readonly rule: ClientRule;
  readonly #table: CertificateTable;
  readonly #server: Server;

  /** @param protocols for ALPN, the preferred one first. Throws when OpenSSL can't have it: a cipher list, for example. */
  constructor(
    spec: TlsSpec,
    rule: ClientRule,
    settings: Settings,
    protocols: readonly string[],
    events: SecureEvents,
  ) {
    const common = { ...cipherOptions(settings), ...authorities(rule) };
    const table = new CertificateTable(spec.certificates, common);
    this.rule = rule;
    this.#table = table;
    // All of Node's TLS is read when it is wanted first: who encrypts nothing does not keep it.
    this.#server = process.getBuiltinModule('node:tls').createServer({
      ...table.main,
      ...sessionOptions(settings, spec.ticketKey, rule),
      ALPNProtocols: [...protocols],
      ...(table.single ? {} : { SNICallback: chooseFrom(table) }),
    });
    this.#server.on('secureConnection', (socket) => events.secured(rawSocket(socket), socket));
    this.#server.on('tlsClientError', (error, socket) => {
      const raw = rawSocket(socket);
      // Not every failure ends the connection.
      socket.destroy();
      events.failed(raw, error);
    });
  }

  /** Whether a certificate is for this host. */
  knows(host: string): boolean {
    return this.#table.knows(host);
  }

  /** What was read of the socket already has been given back to it. */
  secure(raw: Socket): void {
    this.#server.emit('connection', raw);
  }
}

/** The socket below a TLS socket; Node has no public word for it. */
export function rawSocket(socket: Socket): Socket {
  return (socket as { _parent?: Socket | null })._parent ?? socket;
}

type ChooseContext = NonNullable<TlsOptions['SNICallback']>;

function chooseFrom(table: CertificateTable): ChooseContext {
  return (host, choose) => {
    const found = table.find(host);
    if (found === null) choose(null);
    else choose(null, found);
  };
}
