import type { BalanceSpec } from '../../wire/balance-spec.ts';
import type { Balancer } from './candidate.ts';
import { ConsistentHash } from './consistent-hash.ts';
import { LeastConnections } from './least-connections.ts';
import { RoundRobin } from './round-robin.ts';
import { TwoChoices } from './two-choices.ts';

export function balancerOf(method: BalanceSpec['method']): Balancer {
  switch (method) {
    case 'least_connections':
      return new LeastConnections();
    case 'round_robin':
      return new RoundRobin();
    case 'two_choices':
      return new TwoChoices();
    case 'hash':
      return new ConsistentHash();
  }
}
