import type { Handler } from '../http/exchange.ts';
import { leavesPrefix } from '../http/written-target.ts';
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
  const { path, errorPages } = options;
  const { prefix } = options.spec;
  const pass: Handler = (exchange, sink) => new ProxyRequest(whole, exchange, sink).start();
  if (prefix === null) return pass;
  return (exchange, sink) => {
    if (!leavesPrefix(exchange.head.target, path, prefix)) pass(exchange, sink);
    else errorPages.respond(sink, 400, 'What this path stands for is no path.', { requestId: exchange.id });
  };
}
