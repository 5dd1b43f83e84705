import { respondError } from '../../handlers/respond.ts';
import type { Exchange, Middleware } from '../../http/exchange.ts';
import { httpsUrl } from './https-redirect.ts';

/**
 * Answers those who may not be answered: who speaks plain HTTP where TLS is spoken, and whose certificate is not accepted. In HTTP, because
 * a handshake that fails tells a person nothing.
 */
export const tlsGuard: Middleware = (next) => (exchange, sink) => {
  const { tls, misplaced } = exchange.local;
  if (misplaced) {
    const url = httpsUrl(exchange, portOf(exchange));
    respondError(sink, 400, `This port speaks TLS, and the request came without. Go to ${url}`);
  } else if (tls !== null && tls.refusal !== '') {
    respondError(sink, 400, `${tls.refusal[0]?.toUpperCase() ?? ''}${tls.refusal.slice(1)}.`);
  } else next(exchange, sink);
};

/** That which the client has come to, if it named one. */
function portOf({ client, local }: Exchange): number {
  const port = /:([0-9]+)$/.exec(client.host)?.[1];
  return port === undefined ? local.port : Number(port);
}
