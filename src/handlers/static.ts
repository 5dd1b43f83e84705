import type { Handler } from '../http/exchange.ts';
import { StaticLocation } from './static-location.ts';
import type { StaticOptions } from './static-options.ts';
import { StaticRequest } from './static-request.ts';

/** Serves the files of one location. What is in memory and fresh is answered at once. */
export function staticHandler(options: StaticOptions): Handler {
  const location = new StaticLocation(options);
  const { direct, prefixLength } = location;
  const { files } = options;
  return (exchange, sink) => {
    const { method, target } = exchange.head;
    if (method !== 'GET' && method !== 'HEAD') {
      location.otherMethod(exchange, sink);
      return;
    }
    const name = target.path.slice(prefixLength);
    const entry = direct === null ? null : files.peek(direct, name);
    if (entry !== null) location.send(exchange, sink, entry, name);
    else if (target.path.length < prefixLength) location.redirect(exchange, sink);
    else new StaticRequest(location, exchange, sink, name).start();
  };
}
