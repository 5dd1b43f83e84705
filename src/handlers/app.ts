import type { Exchange, Handler, ResponseSink } from '../http/exchange.ts';
import type { AppHandlerOptions } from './app-options.ts';
import { AppRequest } from './app-request.ts';
import { AppSocket } from './app-socket.ts';
import { ParkedRequest } from './parked-request.ts';

/**
 * Answers from the app's workers. For WSGI the body is collected before a worker is asked; for ASGI it flows as it comes, and
 * a WebSocket handshake opens one.
 */
export function appHandler(options: AppHandlerOptions): Handler {
  const { pool, concurrencyMax } = options;
  const serve: Handler = (exchange, sink) => {
    if (pool.interface === 'asgi') serveAsgi(options, exchange, sink);
    else new AppRequest(options, exchange, sink).collect();
  };
  return (exchange, sink) => {
    if (concurrencyMax !== 0 && pool.inFlight + pool.queued >= concurrencyMax) busy(options, exchange, sink);
    else if (pool.interface === null) pool.wait(new ParkedRequest(options, exchange, sink, serve));
    else serve(exchange, sink);
  };
}

function serveAsgi(options: AppHandlerOptions, exchange: Exchange, sink: ResponseSink): void {
  const { websocket, websocketFault } = exchange;
  if (websocketFault !== null) {
    const fields = websocketFault.status === 426 ? ['Sec-WebSocket-Version', '13'] : [];
    options.errorPages.respond(sink, websocketFault.status, sentence(websocketFault.reason), {
      requestId: exchange.id,
      fields,
    });
  } else if (websocket !== null) new AppSocket(options, exchange, websocket, sink).open();
  else new AppRequest(options, exchange, sink).stream();
}

function busy(options: AppHandlerOptions, exchange: Exchange, sink: ResponseSink): void {
  const { head, id } = exchange;
  options.log.warning(
    `limit_concurrency is reached: ${head.method} ${head.target.raw} was refused with 503.`,
    { request_id: id },
  );
  options.errorPages.respond(sink, 503, 'The server is busy.', {
    requestId: id,
    fields: ['Retry-After', '1'],
  });
}

function sentence(reason: string): string {
  return `${reason[0]?.toUpperCase() ?? ''}${reason.slice(1)}.`;
}
