import type { Middleware, ResponseHead } from '../../http/exchange.ts';
import { FieldsSink } from './fields-sink.ts';

/** Adds headers to responses that have none of the name: what an application says itself stands. `fields` is flat name, value. */
export function defaultHeaders(fields: readonly string[]): Middleware {
  const known = new WeakMap<ResponseHead, ResponseHead>();
  const change = (head: ResponseHead): ResponseHead => {
    let made = known.get(head);
    if (made === undefined) {
      made = { ...head, fields: [...head.fields, ...missing(head.fields, fields)], memo: null };
      known.set(head, made);
    }
    return made;
  };
  return (next) => (exchange, sink) => {
    if (exchange.websocket === null) next(exchange, new FieldsSink(sink, change));
    else next(exchange, sink);
  };
}

function missing(own: readonly string[], fields: readonly string[]): readonly string[] {
  const names = new Set(own.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase()));
  return fields.filter((_, index) => !names.has((fields[index - (index % 2)] ?? '').toLowerCase()));
}
