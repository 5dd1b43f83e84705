import type { Handler } from '../http/exchange.ts';
import { ProxyFields } from './proxy-fields.ts';
import { ProxyHeads } from './proxy-heads.ts';
import type { ProxyHandlerOptions, ProxyOptions } from './proxy-options.ts';
import { ProxyRequest } from './proxy-request.ts';

/** Answers with what one of the peers answers. */
export function proxyHandler(options: ProxyHandlerOptions): Handler {
  const whole: ProxyOptions = {
    ...options,
    fields: new ProxyFields(options.spec),
    heads: new ProxyHeads(options.spec),
  };
  return (exchange, sink) => new ProxyRequest(whole, exchange, sink).start();
}
