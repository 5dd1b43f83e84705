import type { Exchange, ResponseSink } from '../../http/exchange.ts';

/** Answers with an error; `detail` is a sentence for people, `fields` flat name, value. */
export type Refuse = (
  exchange: Exchange,
  sink: ResponseSink,
  status: number,
  detail: string,
  fields?: readonly string[],
) => void;
