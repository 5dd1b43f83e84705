import {
  accept,
  all,
  type Effect,
  flag,
  keep,
  keepAnd,
  later,
  refuse,
  request,
  row,
  type Row,
  to,
  warn,
  when,
} from './effect.ts';
import { parseDotenv } from '../config/dotenv.ts';
import { addedHeaders, headersEverywhere } from './added-headers.ts';
import { pathPrefix } from './path-prefix.ts';
import { certReqs } from './ssl-values.ts';
import type { Argument, Surroundings, Tool, Use } from './translate.ts';

const WATCHED = accept('the files that the application imports are watched, and no others');
const INSIDE = 'an import string names code for the inside of uvicorn';

const ROWS: readonly Row[] = [
  row('--host', keep),
  row('--port', keep),
  row('--uds', keep),
  row('--fd', keep),
  flag(
    '--reload',
    to('reload', () => 'true'),
  ),
  row(
    '--reload-dir',
    to('reload_extra', (value) => [value]),
  ),
  row('--reload-include', WATCHED),
  row('--reload-exclude', WATCHED),
  row('--reload-delay', accept('changes are noticed when they happen')),
  row('--workers', to('workers')),
  row('--loop', when(eventLoop)),
  row('--http', accept('there is one parser, in the gateway')),
  flag(
    '--http2',
    all(
      to('http2', () => 'true'),
      to('http2_cleartext', () => 'true'),
    ),
  ),
  flag(
    '--no-http2',
    to('http2', () => 'false'),
  ),
  row('--ws', when(webSockets)),
  row('--ws-max-size', to('ws_max_size')),
  row(
    '--ws-max-queue',
    accept('what waits for the application is limited in bytes, and its client then waits'),
  ),
  row('--ws-ping-interval', to('ws_ping_interval')),
  row('--ws-ping-timeout', to('ws_ping_timeout')),
  row('--ws-per-message-deflate', to('ws_per_message_deflate')),
  row('--lifespan', to('lifespan')),
  row('--interface', to('interface', interfaceName)),
  row('--env-file', keepAnd('[`env_file`](settings.md#env_file)')),
  row('--log-config', later()),
  row(
    '--log-level',
    to('log_level', (value) => (value === 'trace' ? 'debug' : value)),
  ),
  flag(
    '--access-log',
    to('access_log', () => '-'),
  ),
  flag(
    '--no-access-log',
    to('access_log', () => ''),
  ),
  flag('--use-colors', accept('colours are used on a terminal')),
  flag('--no-use-colors', accept('colours are used on a terminal; NO_COLOR=1 stops them')),
  flag('--proxy-headers', accept('this is what happens anyway')),
  flag('--no-proxy-headers', keep),
  flag('--server-header', accept('this is what happens anyway')),
  flag(
    '--no-server-header',
    to('server_header', () => ''),
  ),
  flag('--date-header', accept('this is what happens anyway')),
  flag('--no-date-header', refuse('an answer has to say its Date (RFC 9110 6.6.1)', 'leave it out')),
  row('--forwarded-allow-ips', to('forwarded_allow_ips')),
  row('--root-path', to('root_path', pathPrefix)),
  row(
    '--limit-concurrency',
    keepAnd(
      '[`limit_concurrency`](settings.md#limit_concurrency), of all workers together: times `--workers`',
    ),
  ),
  row('--backlog', to('backlog')),
  row('--limit-max-requests', to('max_requests')),
  row('--limit-max-requests-jitter', to('max_requests_jitter')),
  row('--timeout-keep-alive', to('keepalive_timeout')),
  row('--timeout-graceful-shutdown', to('graceful_timeout')),
  row('--timeout-worker-healthcheck', accept('a worker that starts has boot_timeout')),
  row('--ssl-keyfile', to('certificate_key')),
  row('--ssl-certfile', to('certificate')),
  row('--ssl-keyfile-password', to('certificate_key_password')),
  row('--ssl-version', accept('TLS 1.2 and 1.3 are spoken; native: tls_min_version')),
  row('--ssl-cert-reqs', to('client_verify', certReqs)),
  row('--ssl-ca-certs', to('client_ca')),
  row(
    '--ssl-ciphers',
    to('tls_ciphers', (value) => (value === 'TLSv1' ? '' : value)),
  ),
  row(
    '--header',
    keepAnd('`headers` of a [`[[site.location]]`](settings.md#where-requests-go-sitelocation)'),
  ),
  row(
    '--app-dir',
    to('pythonpath', (value) => [value]),
  ),
  row('--h11-max-incomplete-event-size', to('header_bytes_max')),
  flag('--reset-contextvars', accept('this is what happens anyway')),
  flag(
    '--no-reset-contextvars',
    warn('every request has a context of its own, in which what the lifespan set is not seen'),
  ),
  flag('--factory', keep),
  flag('--version', request('version')),
  flag('--help', request('help')),
];

/** `uvicorn [OPTIONS] APP`, uvicorn 0.54. Every option is also a variable: UVICORN_WORKERS. */
export const uvicorn: Tool = {
  name: 'uvicorn',
  rows: ROWS,
  ignoredEnv: ['PORT'],
  arguments: fromVariables,
  finish(use, positionals, around) {
    bind(use);
    use.standard('interface', 'asgi');
    use.standard('access_log', '-');
    use.standard('forwarded_allow_ips', ['127.0.0.1', '::1']);
    if (use.kept('--no-proxy-headers') !== null) use.set('forwarded_allow_ips', [], '--no-proxy-headers');
    environmentFile(use, around);
    concurrency(use, around);
    headersEverywhere(use, addedHeaders(use, '--header'), '--header');
    application(use, positionals, around);
  },
};

/** What uvicorn finds out by itself is which ASGI it is; it never takes an application for WSGI. */
function interfaceName(value: string): string {
  return ['auto', 'asgi2', 'asgi3'].includes(value) ? 'asgi' : value;
}

function eventLoop(value: string): Effect {
  if (value === 'none') return to('loop', () => 'asyncio');
  if (value === 'zuvloop') return later('use uvloop or asyncio');
  return value.includes(':') ? refuse(INSIDE, 'use auto, asyncio or uvloop') : to('loop');
}

function webSockets(value: string): Effect {
  if (value === 'none')
    return warn('WebSockets are not switched off; an application refuses those it does not know');
  if (value.includes(':')) return refuse(INSIDE, 'leave it out: WebSockets are spoken by the gateway');
  return accept('WebSockets are spoken by the gateway');
}

/** uvicorn loads it into the environment before it looks at the variables it knows itself, and overrides nothing. */
function environmentFile(use: Use, around: Surroundings): void {
  const file = use.kept('--env-file');
  if (file === null) return;
  const text = around.read(file.value);
  if (text === null) {
    use.error(`the file ${file.value} cannot be read`, file.what);
    return;
  }
  use.set('env_file', [file.value], file.what);
  const { values, faults } = parseDotenv(text, around.env);
  for (const line of faults) {
    use.warn(`line ${line} of ${file.value} is not KEY=VALUE; it is left out`, file.what);
  }
  for (const [name, value] of values) {
    if (around.env[name] !== undefined) continue;
    if (name === 'WEB_CONCURRENCY') use.standard('workers', value, file.what);
    if (name === 'FORWARDED_ALLOW_IPS') use.standard('forwarded_allow_ips', value.split(','), file.what);
  }
}

/** uvicorn counts in each worker, we for the application. */
function concurrency(use: Use, around: Surroundings): void {
  const limit = use.kept('--limit-concurrency');
  if (limit === null) return;
  const workers = use.lastRaw('workers') ?? around.env['WEB_CONCURRENCY'] ?? '1';
  const [each, count] = [limit.value, String(workers)];
  const times = /^[1-9][0-9]{0,5}$/;
  if (times.test(each) && times.test(count))
    use.set('limit_concurrency', String(Number(each) * Number(count)), limit.what);
  else use.set('limit_concurrency', each, limit.what);
}

function bind(use: Use): void {
  const [fd, uds, host, port] = ['--fd', '--uds', '--host', '--port'].map((name) => use.kept(name));
  if (fd) use.set('bind', [`fd://${fd.value}`], fd.what);
  else if (uds) use.set('bind', [`unix:${uds.value}`], uds.what);
  else {
    const address = host?.value ?? '127.0.0.1';
    const text = `${address.includes(':') ? `[${address}]` : address}:${port?.value ?? '8000'}`;
    const what = [host, port].map((one) => one?.what ?? '').filter((one) => one !== '');
    if (what.length === 0) use.standard('bind', [text]);
    else use.set('bind', [text], what.join(' '));
  }
}

function application(use: Use, positionals: readonly string[], around: Surroundings): void {
  const app = positionals[0] ?? around.env['UVICORN_APP'];
  const call = use.kept('--factory') === null ? '' : '()';
  if (app === undefined || positionals.length > 1) {
    if (use.request === 'help' || use.request === 'version') return;
    const message =
      app === undefined ? 'no application was named' : `too many words: ${positionals.join(' ')}`;
    use.usage.push({ severity: 'error', message, where: null, allowed: 'uvicorn [OPTIONS] APP', hint: null });
  } else if (!app.includes(':')) {
    use.error(`\`${app}\` lacks the attribute`, 'APP', `write ${app}:app`, 'module:attribute');
  } else use.set('target', `${app}${call}`, call === '' ? 'APP' : 'APP --factory');
}

/** UVICORN_<OPTION> for every option; the value of a flag says which of its two forms is meant. */
function fromVariables(around: Surroundings, use: Use): readonly Argument[] {
  const sources: Argument[] = [];
  for (const { names, takes } of ROWS) {
    const long = names[0] ?? '';
    if (long.startsWith('--no-') || long === '--version' || long === '--help') continue;
    const variable = `UVICORN_${long.slice(2).toUpperCase().replaceAll('-', '_')}`;
    const value = around.env[variable];
    if (value === undefined || value === '') continue;
    if (takes !== 'none') {
      sources.push({ words: [`${long}=${value}`], source: variable });
      continue;
    }
    const on = /^(1|true|t|yes|y|on)$/i.test(value);
    if (!on && !/^(0|false|f|no|n|off)$/i.test(value)) {
      use.error(`${variable}=${value} is neither true nor false`, variable);
      continue;
    }
    const opposite = `--no-${long.slice(2)}`;
    if (on) sources.push({ words: [long], source: variable });
    else if (ROWS.some((one) => one.names.includes(opposite)))
      sources.push({ words: [opposite], source: variable });
  }
  return sources;
}
