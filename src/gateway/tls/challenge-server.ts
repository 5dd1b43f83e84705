import type { Socket } from 'node:net';
import type { SecureContext, Server } from 'node:tls';
import type { ChallengeSpec } from '../../wire/challenge-spec.ts';

/** Shows certificate authorities what they look for (RFC 8737): a handshake, and nothing after it. */
export class ChallengeServer {
  readonly #contexts: ReadonlyMap<string, SecureContext>;
  readonly #server: Server;

  constructor(pairs: ChallengeSpec['tls']) {
    const { createSecureContext, createServer } = process.getBuiltinModule('node:tls');
    this.#contexts = new Map(
      pairs.map(([name, { chain, key }]) => [name, createSecureContext({ cert: chain, key })]),
    );
    this.#server = createServer({
      ALPNProtocols: ['acme-tls/1'],
      minVersion: 'TLSv1.2',
      SNICallback: (name, choose) => {
        const context = this.#contexts.get(name.toLowerCase());
        if (context === undefined) choose(new Error('no challenge for this name'));
        else choose(null, context);
      },
    });
    this.#server.on('secureConnection', (socket) => socket.end());
    this.#server.on('tlsClientError', (_error, socket) => socket.destroy());
  }

  /** What was read of the socket already has been given back to it. */
  secure(raw: Socket): void {
    this.#server.emit('connection', raw);
  }
}
