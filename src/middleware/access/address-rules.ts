import type { ClientInfo, Middleware } from '../../http/exchange.ts';
import { compileTrust, type Trust, trusts } from '../../http/trust.ts';
import type { AddressRule } from '../../wire/access-spec.ts';
import type { Refuse } from './refuse.ts';

/**
 * Lets clients in by their address, as trusted proxies tell it. The first rule that fits decides, as in nginx; none: let in. A
 * client on a Unix socket, whose address nobody tells, fits `unix` and `*`.
 */
export function addressRules(rules: readonly AddressRule[], refuse: Refuse): Middleware {
  const compiled = rules.map(({ allow, network }) => ({ allow, trust: compileTrust([network]) }));
  const allows = (address: string): boolean =>
    compiled.find(({ trust }) => fits(trust, address))?.allow ?? true;
  // The requests of a connection share their client while their headers are the same.
  const known = new WeakMap<ClientInfo, boolean>();
  return (next) => (exchange, sink) => {
    const { client } = exchange;
    let allowed = known.get(client);
    if (allowed === undefined) {
      allowed = allows(client.address);
      known.set(client, allowed);
    }
    if (allowed) next(exchange, sink);
    else refuse(exchange, sink, 403, 'This address may not ask for that.');
  };
}

function fits(trust: Trust, address: string): boolean {
  return address === '' ? trust.unix : trusts(trust, address);
}
