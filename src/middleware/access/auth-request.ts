import { bodylessBlock, changedBlock } from '../../http/changed-block.ts';
import { ChangedExchange } from '../../http/changed-exchange.ts';
import type { Exchange, Handler, Middleware, ResponseHead, ResponseSink } from '../../http/exchange.ts';
import { isFault, type RequestHead } from '../../http/request.ts';
import { parseTarget, type Target } from '../../http/target.ts';
import { hasForbiddenByte } from '../../http/token.ts';
import { writtenTarget } from '../../http/written-target.ts';
import type { AuthRequestSpec } from '../../wire/access-spec.ts';
import type { Refuse } from './refuse.ts';
import { HeadSink, SubRequest } from './sub-request.ts';

/** What the asked path learns about the request. A client's own of these names it does not see. */
const ABOUT = new Set(['x-original-uri', 'x-original-url', 'x-original-method']);
/** Of an answer that refuses, what the client gets. */
const PASSED = new Set(['www-authenticate', 'set-cookie']);

export interface AuthRequestOptions {
  /** Answers the question, without asking anybody first. */
  readonly ask: Handler;
  readonly refuse: Refuse;
  /** Told when the answer was neither yes nor no. */
  readonly failed: (exchange: Exchange, message: string) => void;
}

/** Asks a path of the site about each request first: 2xx lets it pass, 401 and 403 refuse it. */
export function authRequest(spec: AuthRequestSpec, options: AuthRequestOptions): Middleware {
  // As a location sees it: the question itself has to arrive there.
  const plain = spec.target.replace(/^[^?]*/, (path) => path.replace(/\/{2,}/g, '/'));
  const target = parseTarget(plain, 'GET');
  if (isFault(target)) throw new Error(`${spec.target}: ${target.reason}`);
  const dropped = new Set(spec.headers.map((name) => name.toLowerCase()));
  return (next) => (exchange, sink) => {
    const question = new SubRequest(exchange, questionHead(exchange, target));
    let gone = false;
    exchange.onGone = () => {
      gone = true;
      exchange.onGone = null;
      question.cancel();
    };
    const answered = (answer: ResponseHead | null): void => {
      if (gone) return;
      exchange.onGone = null;
      const passed = answer !== null && answer.status >= 200 && answer.status < 300;
      if (!passed) return refused(spec, options, exchange, sink, answer);
      const added = copied(spec.headers, answer);
      if (added === null) failed(spec, options, exchange, sink, 'a header that cannot be passed on');
      else if (dropped.size === 0) next(exchange, sink);
      else {
        const block = changedBlock(exchange.head.block, dropped, added);
        next(new ChangedExchange(exchange, { ...exchange.head, block, memo: null }), sink);
      }
    };
    options.ask(question, new HeadSink(question, answered));
  };
}

function questionHead({ head, client }: Exchange, target: Target): RequestHead {
  // Who decides by it is to see what is answered, not what leads there.
  const uri = writtenTarget(head.target);
  const about = ['X-Original-Method', head.method, 'X-Original-URI', uri];
  const url = client.host === '' ? [] : ['X-Original-URL', `${client.scheme}://${client.host}${uri}`];
  return { method: 'GET', target, block: bodylessBlock(head.block, ABOUT, [...about, ...url]), memo: null };
}

function refused(
  spec: AuthRequestSpec,
  options: AuthRequestOptions,
  exchange: Exchange,
  sink: ResponseSink,
  answer: ResponseHead | null,
): void {
  const status = answer?.status ?? 0;
  if (answer === null || (status !== 401 && status !== 403))
    return failed(spec, options, exchange, sink, status === 0 ? 'nothing' : String(status));
  const fields: string[] = [];
  for (let i = 0; i + 1 < answer.fields.length; i += 2) {
    const name = answer.fields[i] ?? '';
    if (PASSED.has(name.toLowerCase())) fields.push(name, answer.fields[i + 1] ?? '');
  }
  const detail = status === 401 ? 'You have to sign in to see this.' : 'You may not see this.';
  options.refuse(exchange, sink, status, detail, fields);
}

function failed(
  { target }: AuthRequestSpec,
  { refuse, failed: tell }: AuthRequestOptions,
  exchange: Exchange,
  sink: ResponseSink,
  got: string,
): void {
  tell(
    exchange,
    `${target} was asked about ${exchange.head.method} ${exchange.head.target.raw} and answered ${got}`,
  );
  refuse(exchange, sink, 500, 'It could not be found out whether you may see this.');
}

/** Null: one of them is no text for a header. */
function copied(names: readonly string[], answer: ResponseHead): readonly string[] | null {
  const fields: string[] = [];
  for (const name of names) {
    const lower = name.toLowerCase();
    for (let i = 0; i + 1 < answer.fields.length; i += 2) {
      if ((answer.fields[i] ?? '').toLowerCase() !== lower) continue;
      const value = answer.fields[i + 1] ?? '';
      if (hasForbiddenByte(value)) return null;
      fields.push(name, value);
    }
  }
  return fields;
}
