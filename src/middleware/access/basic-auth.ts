import type { Exchange, Middleware, ResponseSink } from '../../http/exchange.ts';
import type { BasicAuthSpec } from '../../wire/access-spec.ts';
import { clientKey } from './access-key.ts';
import type { PasswordCheck, Verdict } from './password-check.ts';
import type { Refuse } from './refuse.ts';

/** Longer ones nobody has. */
const CREDENTIALS_CHARS_MAX = 1024;

/** Lets in who knows a password (RFC 7617). The header goes on to whoever answers. */
export function basicAuth({ realm }: BasicAuthSpec, check: PasswordCheck, refuse: Refuse): Middleware {
  const challenge = ['WWW-Authenticate', `Basic realm="${realm}", charset="UTF-8"`];
  const answer = (exchange: Exchange, sink: ResponseSink, verdict: Verdict): void => {
    if (verdict === 'wrong') refuse(exchange, sink, 401, 'You have to sign in to see this.', challenge);
    else if (verdict === 'greedy')
      refuse(exchange, sink, 429, 'Too many attempts to sign in at the same time.', ['Retry-After', '1']);
    else refuse(exchange, sink, 503, 'Too many are signing in at the moment.', ['Retry-After', '1']);
  };
  return (next) => (exchange, sink) => {
    const credentials = readBasic(exchange);
    if (credentials === null) return answer(exchange, sink, 'wrong');
    let gone = false;
    exchange.onGone = () => {
      gone = true;
      exchange.onGone = null;
    };
    check.look(credentials.name, credentials.password, clientKey(exchange), (verdict) => {
      if (gone) return;
      exchange.onGone = null;
      if (verdict === 'right') next(exchange, sink);
      else answer(exchange, sink, verdict);
    });
  };
}

/** Name and password of an Authorization header; null when there are none. */
function readBasic({ head }: Exchange): { name: string; password: string } | null {
  const index = head.block.lower.indexOf('authorization');
  const value = index === -1 ? '' : (head.block.fields[2 * index + 1] ?? '');
  if (value.length > CREDENTIALS_CHARS_MAX) return null;
  const match = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(value);
  const text = Buffer.from(match?.[1] ?? '', 'base64').toString('utf8');
  const colon = text.indexOf(':');
  // RFC 7617 section 2: no control characters. To bcrypt a NUL is the end of a password.
  return colon < 1 || /[\x00-\x1f\x7f]/.test(text)
    ? null
    : { name: text.slice(0, colon), password: text.slice(colon + 1) };
}
