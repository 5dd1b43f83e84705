import type { Exchange } from '../http/exchange.ts';

/**
 * The variables of CGI (RFC 3875, and what nginx's uwsgi_params add) for a server that speaks the uwsgi protocol.
 * @param fields header fields, flat
 * @param bodyBytes length of the body
 */
export function proxyVariables(
  exchange: Exchange,
  {
    target,
    host,
    fields,
    bodyBytes,
  }: {
    readonly target: string;
    readonly host: string;
    readonly fields: readonly string[];
    readonly bodyBytes: number;
  },
): readonly string[] {
  const { head, client, local } = exchange;
  const { path, query } = head.target;
  const port = /:([0-9]{1,5})$/.exec(host)?.[1] ?? (client.scheme === 'https' ? '443' : '80');
  const variables = [
    ...[
      'REQUEST_METHOD',
      head.method,
      'REQUEST_URI',
      target,
      'SCRIPT_NAME',
      '',
      'PATH_INFO',
      path,
      'QUERY_STRING',
      query,
    ],
    ...['SERVER_PROTOCOL', exchange.protocol, 'REQUEST_SCHEME', client.scheme],
    ...[
      'SERVER_NAME',
      host.replace(/:[0-9]*$/, ''),
      'SERVER_PORT',
      local.unix ? port : String(local.port || port),
    ],
    ...['REMOTE_ADDR', client.address, 'REMOTE_PORT', String(client.port), 'HTTP_HOST', host],
    ...['CONTENT_LENGTH', bodyBytes > 0 || head.block.contentLength === 0 ? String(bodyBytes) : ''],
  ];
  if (client.scheme === 'https') variables.push('HTTPS', 'on');
  const repeated = new Map<string, string>();
  for (let i = 0; i < fields.length; i += 2) {
    const upper = (fields[i] ?? '').toUpperCase().replaceAll('-', '_');
    const name = upper === 'CONTENT_TYPE' ? upper : `HTTP_${upper}`;
    const before = repeated.get(name);
    const value = fields[i + 1] ?? '';
    repeated.set(
      name,
      before === undefined ? value : `${before}${name === 'HTTP_COOKIE' ? '; ' : ', '}${value}`,
    );
  }
  for (const [name, value] of repeated) variables.push(name, value);
  return variables;
}
