import type { Exchange, Handler, Middleware } from '../../http/exchange.ts';
import type { AccessSpec } from '../../wire/access-spec.ts';
import type { AccessStates } from './access-states.ts';
import { addressRules } from './address-rules.ts';
import { authRequest } from './auth-request.ts';
import { bandwidth } from './bandwidth.ts';
import { basicAuth } from './basic-auth.ts';
import { concurrency } from './concurrency.ts';
import { cors } from './cors.ts';
import { defaultHeaders } from './default-headers.ts';
import type { Pacer } from './pacer.ts';
import { PasswordCheck } from './password-check.ts';
import type { ComparePassword } from './password-thread.ts';
import { rateLimit } from './rate-limit.ts';
import type { Refuse } from './refuse.ts';

export interface AccessOptions {
  readonly states: AccessStates;
  readonly compare: ComparePassword;
  readonly pacer: Pacer;
  readonly refuse: Refuse;
  /** Answers the questions of `authRequest`. */
  readonly ask: Handler;
  readonly askFailed: (exchange: Exchange, message: string) => void;
}

/**
 * All that stands between a location and its handler. What is added to responses comes first, so that refusals have it, too;
 * then who is refused with the least work. The handler's own responses alone are slowed down.
 */
export function access(spec: AccessSpec, options: AccessOptions): Middleware {
  const { states, refuse } = options;
  const chain: Middleware[] = [];
  if (spec.defaultHeaders.length > 0) chain.push(defaultHeaders(spec.defaultHeaders));
  if (spec.cors !== null) chain.push(cors(spec.cors));
  if (spec.addresses.length > 0) chain.push(addressRules(spec.addresses, refuse));
  if (spec.rate !== null) chain.push(rateLimit(spec.rate, states.rate(spec.rate), refuse));
  if (spec.concurrency !== null)
    chain.push(concurrency(spec.concurrency, states.concurrency(spec.concurrency), refuse));
  if (spec.basicAuth !== null)
    chain.push(basicAuth(spec.basicAuth, new PasswordCheck(spec.basicAuth.users, options.compare), refuse));
  if (spec.authRequest !== null)
    chain.push(authRequest(spec.authRequest, { ask: options.ask, refuse, failed: options.askFailed }));
  if (spec.bytesPerSecond > 0) chain.push(bandwidth(spec.bytesPerSecond, options.pacer));
  return (next) => chain.reduceRight((handler, middleware) => middleware(handler), next);
}
