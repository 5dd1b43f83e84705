import { isIP } from 'node:net';
import { accept, flag, keep, later, request, row, type Row, to, warn } from './effect.ts';
import type { Tool, Use } from './translate.ts';

const ROWS: readonly Row[] = [
  flag('-6 --ipv6', keep),
  flag('--noreload', keep),
  flag('--nothreading', keep),
  flag(
    '--nostatic',
    to('django_static', () => 'false'),
  ),
  flag(
    '--insecure',
    to('static_insecure', () => 'true'),
  ),
  flag(
    '--skip-checks',
    to('django_checks', () => 'false'),
  ),
  row('--settings', to('settings_module')),
  row(
    '--pythonpath',
    to('pythonpath', (value) => [value]),
  ),
  row('-v --verbosity', accept('the log level is log_level')),
  flag('--no-color', accept('colours are used on a terminal; NO_COLOR=1 stops them')),
  flag('--force-color', accept('colours are used on a terminal')),
  flag('--traceback', accept('tracebacks are always shown')),
  flag(
    '--noasgi',
    to('interface', () => 'wsgi'),
  ),
  row('--http_timeout', later('native: body_timeout, write_timeout')),
  row(
    '--websocket_handshake_timeout',
    warn('an application may take its time to accept a WebSocket; served without it'),
  ),
  flag('-h --help', request('help')),
  flag('--version', request('version')),
];

const THREADS = 8;
/** Somebody waits for the restart; a stream that never ends must not hold it up. */
const GRACEFUL = '2s';
const ADDRESS = /^(?:(\d{1,3}(?:\.\d{1,3}){3}|\[[a-fA-F0-9:]+\]|[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)*):)?(\d+)$/;

/** `python manage.py runserver [[ADDR:]PORT] [OPTIONS]`, Django 5.2 with staticfiles, and daphne's flags. */
export const runserver: Tool = {
  name: 'runserver',
  rows: ROWS,
  ignoredEnv: ['PORT', 'WEB_CONCURRENCY', 'FORWARDED_ALLOW_IPS'],
  servesProject: true,
  finish(use, positionals) {
    address(use, positionals);
    use.standard('access_log', '-');
    const single = use.kept('--nothreading');
    if (single === null) use.standard('threads', String(THREADS));
    else use.set('threads', '1', single.what);
    // One process, as with runserver: what a view keeps in memory is there for the next request.
    use.standard('workers', '1');
    use.standard('gateways', '1');
    use.standard('graceful_timeout', GRACEFUL);
    const still = use.kept('--noreload');
    if (still === null) use.standard('reload', 'true');
    else use.set('reload', 'false', still.what);
  },
};

function address(use: Use, positionals: readonly string[]): void {
  const ipv6 = use.kept('-6');
  const [text, ...rest] = positionals;
  if (rest.length > 0) {
    const message = `unrecognized arguments: ${rest.join(' ')}`;
    use.usage.push({ severity: 'error', message, where: null, allowed: 'one [ADDR:]PORT', hint: null });
  }
  if (text === undefined) {
    if (ipv6 === null) use.standard('bind', ['127.0.0.1:8000']);
    else use.set('bind', ['[::1]:8000'], ipv6.what);
    return;
  }
  const match = ADDRESS.exec(text);
  if (match === null || Number(match[2]) > 65_535) {
    return use.error(
      `"${text}" is not a valid port number or address:port pair.`,
      text,
      null,
      '8000, 0:8000, [::1]:8000',
    );
  }
  const [, host, port = ''] = match;
  const standard = ipv6 === null ? '127.0.0.1' : '[::1]';
  if (ipv6 !== null && host !== undefined && isIP(host) === 4)
    return use.error(`"${host}" is not a valid IPv6 address.`, text);
  use.set('bind', [`${host ?? standard}:${port}`], text);
}
