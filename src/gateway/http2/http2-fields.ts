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

const known = new WeakMap<ResponsePlan, Readonly<Record<string, string | string[]>>>();

/** The header fields of a planned response for HTTP/2 (RFC 9113 8.2), lower case; worked out once for each plan. */
export function http2Fields(plan: ResponsePlan): OutgoingHttpHeaders {
  let fields = known.get(plan);
  if (fields === undefined) {
    fields = fromText(plan.headText);
    known.set(plan, fields);
  }
  return { ...fields, ':status': plan.status };
}

function fromText(headText: string): Readonly<Record<string, string | string[]>> {
  const fields: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>;
  const lines = headText.split('\r\n');
  for (let i = 1; i < lines.length - 1; i += 1) {
    const line = lines[i] ?? '';
    const colon = line.indexOf(': ');
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 2);
    const before = fields[name];
    if (before === undefined) fields[name] = value;
    else if (Array.isArray(before)) before.push(value);
    else if (!SINGLE.has(name)) fields[name] = [before, value];
  }
  return fields;
}
