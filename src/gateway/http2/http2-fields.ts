import type { OutgoingHttpHeaders } from 'node:http2';
import type { ResponsePlan } from '../../http/response-head.ts';

/** May come once only; Node refuses a second one (and so does RFC 9110 5.3). The first counts, as in nginx. */
const SINGLE = new Set([
  ...[
    'age',
    'content-disposition',
    'content-encoding',
    'content-language',
    'content-location',
    'content-range',
  ],
  ...['content-type', 'etag', 'expires', 'last-modified', 'location', 'max-forwards', 'retry-after', 'tk'],
  ...[
    'access-control-allow-credentials',
    'access-control-max-age',
    'alt-svc',
    'access-control-request-method',
  ],
  ...['content-md5', 'dnt', 'from', 'host', 'if-match', 'if-modified-since', 'if-none-match', 'if-range'],
  ...['if-unmodified-since', 'referer', 'upgrade-insecure-requests', 'user-agent', 'x-content-type-options'],
  ...['authorization', 'date', 'server'],
]);

const known = new WeakMap<ResponsePlan, OutgoingHttpHeaders>();

/**
 * The header fields of a planned response for HTTP/2 (RFC 9113 8.2), lower case. Worked out once for each plan: whoever sends them sets what is
 * the server's own before each time.
 */
export function http2Fields(plan: ResponsePlan): OutgoingHttpHeaders {
  let fields = known.get(plan);
  if (fields === undefined) {
    fields = fromPlan(plan);
    known.set(plan, fields);
  }
  return fields;
}

function fromPlan({ status, headText }: ResponsePlan): OutgoingHttpHeaders {
  const lines = headText.split('\r\n').slice(1, -1);
  return fieldsOf(
    status,
    lines.flatMap((line) => {
      const colon = line.indexOf(': ');
      return [line.slice(0, colon), line.slice(colon + 2)];
    }),
  );
}

/** Fields, flat name, value, as Node takes them, whatever they are called and however often they come. */
export function fieldsOf(status: number, list: readonly string[]): OutgoingHttpHeaders {
  const fields: OutgoingHttpHeaders = { ':status': status };
  for (let i = 0; i + 1 < list.length; i += 2) {
    const name = (list[i] ?? '').toLowerCase();
    const value = list[i + 1] ?? '';
    const before = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (Array.isArray(before)) before.push(value);
    else if (before === undefined) set(fields, name, value);
    else if (!SINGLE.has(name)) set(fields, name, [String(before), value]);
  }
  return fields;
}

/** Also where an assignment would do something else: `__proto__` is a name like any other. */
function set(fields: OutgoingHttpHeaders, name: string, value: string | string[]): void {
  Object.defineProperty(fields, name, { value, writable: true, enumerable: true, configurable: true });
}
