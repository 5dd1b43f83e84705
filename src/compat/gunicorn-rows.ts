import { pathPrefix } from './path-prefix.ts';
import {
  accept,
  all,
  type Effect,
  fine,
  keepAnd,
  later,
  refuse,
  request,
  type Row,
  to,
  warn,
  when,
} from './effect.ts';
import { certReqs } from './ssl-values.ts';

const DIRTY = 'there are no dirty workers in this version';
const FLOW = accept('the server chooses frames and windows itself');
const UNSAFE = 'it makes requests mean two things, which is how smuggling works';

function setting(name: string, names: string, effect: Effect, takes: Row['takes'] = 'value'): Row {
  return { setting: name, names: names === '' ? [] : names.split(' '), takes, effect };
}

const workerClass = when((value) => {
  const name = value.replace(/^egg:[^#]*#/, '');
  if (name === 'sync' || name === 'gthread') return accept('workers run requests in processes and threads');
  const asgi = to('interface', () => 'asgi');
  if (name === 'asgi' || /^(uvicorn\.workers|uvicorn_worker)\.UvicornWorker$/.test(name)) return asgi;
  if (/^(uvicorn\.workers|uvicorn_worker)\.UvicornH11Worker$/.test(name))
    return all(
      asgi,
      to('loop', () => 'asyncio'),
    );
  if (/uvicorn/i.test(name)) {
    return refuse(
      'a worker class of its own is code for the inside of gunicorn',
      'use uvicorn.workers.UvicornWorker; what its CONFIG_KWARGS say is said by --asgi-lifespan, --asgi-loop and --root-path',
    );
  }
  if (name === 'meinheld.gmeinheld.MeinheldWorker')
    return warn('meinheld is gone; its place is taken by our own workers');
  if (/^(gevent|gevent_wsgi|gevent_pywsgi|tornado)$/.test(name))
    return later('for many waiting requests use --threads N');
  if (name === 'eventlet' || name === 'gaiohttp') {
    return refuse(`gunicorn itself removed the worker class ${name}`, 'use --threads N');
  }
  if (name.startsWith('aiohttp.'))
    return refuse('an aiohttp application is neither WSGI nor ASGI', 'use a WSGI or ASGI application');
  return refuse(
    'worker classes are code for the inside of gunicorn',
    'use sync, gthread or uvicorn.workers.UvicornWorker',
  );
});

const accessFormat = when((value) => {
  const standard = '%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s"';
  if (value === standard) return to('access_log_format', () => 'combined');
  return later(
    '--access-logformat takes the standard format only; native: access_log_format = "combined" or "json"',
  );
});

const fieldSize = when((value) =>
  Number(value) > 65_536
    ? to('header_bytes_max')
    : warn('not a limit of one header here, but of all together: header_bytes_max, 64k'),
);

const zero = ['0'];

const SOCKET_AND_PROCESS: readonly Row[] = [
  setting(
    'config',
    '-c --config',
    keepAnd('the file is run by Python, and what it sets is translated; `-c /dev/null` starts without one'),
  ),
  setting('wsgi_app', '', keepAnd('the application, when the command line names none')),
  setting('bind', '-b --bind', to('bind')),
  setting('backlog', '--backlog', to('backlog')),
  setting('workers', '-w --workers', to('workers')),
  setting('worker_class', '-k --worker-class', workerClass),
  setting('threads', '--threads', to('threads')),
  setting(
    'worker_connections',
    '--worker-connections',
    accept('connections belong to the gateway: connections_max'),
  ),
  setting('max_requests', '--max-requests', to('max_requests')),
  setting('max_requests_jitter', '--max-requests-jitter', to('max_requests_jitter')),
  setting(
    'timeout',
    '-t --timeout',
    keepAnd(
      '[`request_timeout`](settings.md#request_timeout), where a worker runs one request at a time; gunicorn ends others only when they hang as a whole',
    ),
  ),
  setting('graceful_timeout', '--graceful-timeout', to('graceful_timeout')),
  setting('keepalive', '--keep-alive', to('keepalive_timeout')),
  setting('asgi_loop', '--asgi-loop', to('loop')),
  setting('asgi_lifespan', '--asgi-lifespan', to('lifespan')),
  setting(
    'asgi_disconnect_grace_period',
    '--asgi-disconnect-grace-period',
    warn('an application is told at once that its client has left, and is not cancelled'),
  ),
  setting('http_parser', '--http-parser', accept('there is one parser, in the gateway')),
  setting(
    'limit_request_line',
    '--limit-request-line',
    to('request_line_bytes_max', (value) => (value === '0' ? '1m' : value)),
  ),
  setting('limit_request_fields', '--limit-request-fields', to('header_count_max')),
  setting('limit_request_field_size', '--limit-request-field_size', fieldSize),
];

const MECHANICS: readonly Row[] = [
  setting(
    'preload_app',
    '--preload',
    to('preload', () => 'true'),
    'none',
  ),
  setting('sendfile', '--no-sendfile', accept('an optimisation inside gunicorn'), 'none'),
  setting(
    'reuse_port',
    '--reuse-port',
    accept('the gateway gives every request to the least busy worker without it'),
    'none',
  ),
  setting('chdir', '--chdir', to('chdir')),
  setting(
    'daemon',
    '-D --daemon',
    refuse('it would run unwatched', 'let systemd, a container or another service manager run it'),
    'none',
  ),
  setting('raw_env', '-e --env', to('env')),
  setting('pidfile', '-p --pid', to('pid_file')),
  setting('worker_tmp_dir', '--worker-tmp-dir', accept('workers are watched through a socket, not a file')),
  setting('user', '-u --user', to('user')),
  setting('group', '-g --group', to('group')),
  setting('umask', '-m --umask', to('umask', umask)),
  setting('initgroups', '--initgroups', accept('the groups of the user are always taken on'), 'none'),
  setting('tmp_upload_dir', '', accept('gunicorn itself does not use it')),
  setting('secure_scheme_headers', '', later()),
  setting('forwarded_allow_ips', '--forwarded-allow-ips', to('forwarded_allow_ips')),
  setting('pythonpath', '--pythonpath', to('pythonpath')),
  setting('paste', '--paste --paster', later()),
  setting(
    'proxy_protocol',
    '--proxy-protocol',
    fine(
      ['off', 'False', 'false'],
      keepAnd('native: proxy_protocol, the proxies themselves; either version is read'),
    ),
    'optional-word',
  ),
  setting(
    'proxy_allow_ips',
    '--proxy-allow-from',
    keepAnd('together with --proxy-protocol; native: proxy_protocol'),
  ),
  setting('protocol', '--protocol', fine(['http'], later())),
  setting('uwsgi_allow_ips', '--uwsgi-allow-from', accept('it only limits --protocol uwsgi')),
  setting('raw_paste_global_conf', '--paste-global', later()),
  setting('permit_obsolete_folding', '--permit-obsolete-folding', refuse(UNSAFE), 'none'),
  setting('strip_header_spaces', '--strip-header-spaces', refuse(UNSAFE), 'none'),
  setting(
    'permit_unconventional_http_method',
    '--permit-unconventional-http-method',
    accept('any method that is a token is passed on'),
    'none',
  ),
  setting(
    'permit_unconventional_http_version',
    '--permit-unconventional-http-version',
    refuse(UNSAFE),
    'none',
  ),
  setting(
    'casefold_http_method',
    '--casefold-http-method',
    refuse('methods are case-sensitive (RFC 9110 9.1)'),
    'none',
  ),
  setting(
    'forwarder_headers',
    '--forwarder-headers',
    later('to mount the application under a path use --root-path'),
  ),
  setting('header_map', '--header-map', when(headerMap)),
  setting('root_path', '--root-path', to('root_path', pathPrefix)),
];

const TLS_AND_HTTP2: readonly Row[] = [
  setting('keyfile', '--keyfile', to('certificate_key')),
  setting('certfile', '--certfile', to('certificate')),
  setting('ssl_version', '--ssl-version', accept('gunicorn itself ignores it')),
  setting('cert_reqs', '--cert-reqs', to('client_verify', certReqs)),
  setting('ca_certs', '--ca-certs', to('client_ca')),
  setting(
    'suppress_ragged_eofs',
    '--suppress-ragged-eofs',
    accept('it only concerns TLS inside Python'),
    'none',
  ),
  setting(
    'do_handshake_on_connect',
    '--do-handshake-on-connect',
    accept('it only concerns TLS inside Python'),
    'none',
  ),
  setting('ciphers', '--ciphers', to('tls_ciphers')),
  setting('http_protocols', '--http-protocols', when(protocols)),
  setting('http2_cleartext', '--http2-cleartext', when(cleartext)),
  setting('http2_max_concurrent_streams', '--http2-max-concurrent-streams', to('http2_streams_max')),
  setting('http2_initial_window_size', '--http2-initial-window-size', FLOW),
  setting('http2_max_frame_size', '--http2-max-frame-size', FLOW),
  setting('http2_max_header_list_size', '--http2-max-header-list-size', to('header_bytes_max')),
];

const LOGGING: readonly Row[] = [
  setting('accesslog', '--access-logfile', to('access_log')),
  setting(
    'disable_redirect_access_to_syslog',
    '--disable-redirect-access-to-syslog',
    accept('there is no syslog'),
    'none',
  ),
  setting('access_log_format', '--access-logformat', accessFormat),
  setting('errorlog', '--error-logfile --log-file', to('error_log')),
  setting('loglevel', '--log-level', to('log_level')),
  setting(
    'capture_output',
    '--capture-output',
    accept("the application's output always goes where ours goes"),
    'none',
  ),
  setting('logger_class', '--logger-class', later()),
  setting('logconfig', '--log-config', later()),
  setting('logconfig_dict', '', later()),
  setting('logconfig_json', '--log-config-json', later()),
  setting('syslog_addr', '--log-syslog-to', later()),
  setting('syslog', '--log-syslog', later(), 'none'),
  setting('syslog_prefix', '--log-syslog-prefix', later()),
  setting('syslog_facility', '--log-syslog-facility', later()),
  setting(
    'enable_stdio_inheritance',
    '-R --enable-stdio-inheritance',
    accept('the standard streams are always kept'),
    'none',
  ),
  setting('statsd_host', '--statsd-host', later()),
  setting('dogstatsd_tags', '--dogstatsd-tags', later()),
  setting('statsd_prefix', '--statsd-prefix', accept('it only names what --statsd-host gets')),
  setting('enable_backlog_metric', '--enable-backlog-metric', later(), 'none'),
  setting('proc_name', '-n --name', accept('only the look of the process list')),
  setting('default_proc_name', '', accept('only the look of the process list')),
];

const DEVELOPMENT_AND_CONTROL: readonly Row[] = [
  setting(
    'reload',
    '--reload',
    to('reload', () => 'true'),
    'none',
  ),
  setting(
    'reload_engine',
    '--reload-engine',
    when((value) =>
      value === 'poll' ? to('reload_poll', () => 'true') : accept('the system tells of changes where it can'),
    ),
  ),
  setting(
    'reload_extra_files',
    '--reload-extra-file',
    to('reload_extra', (value) => [value]),
  ),
  setting('spew', '--spew', refuse('a tracer inside gunicorn', 'use python -m trace'), 'none'),
  setting('check_config', '--check-config', request('check'), 'none'),
  setting('print_config', '--print-config', request('print-config'), 'none'),
  setting('control_socket', '--control-socket', accept('there is no such socket')),
  setting('control_socket_mode', '--control-socket-mode', accept('there is no such socket')),
  setting('control_socket_disable', '--no-control-socket', accept('there is no such socket'), 'none'),
  setting('dirty_apps', '--dirty-app', later()),
  setting('dirty_workers', '--dirty-workers', fine(zero, later())),
  setting('dirty_timeout', '--dirty-timeout', later()),
  setting('dirty_threads', '--dirty-threads', later()),
  setting('dirty_graceful_timeout', '--dirty-graceful-timeout', later()),
];

const IN_WORKER = keepAnd('[`hooks`](settings.md#hooks): run in the worker');
const IN_MASTER = keepAnd('[`hooks`](settings.md#hooks): run in a process beside the master');

const HOOK_ROWS: readonly Row[] = [
  ...['on_dirty_starting', 'dirty_post_fork', 'dirty_worker_init', 'dirty_worker_exit'].map((name) =>
    setting(name, '', later(DIRTY)),
  ),
  setting('on_starting', '', IN_MASTER),
  setting('on_reload', '', IN_MASTER),
  setting('when_ready', '', IN_MASTER),
  setting('pre_fork', '', IN_MASTER),
  setting('post_fork', '', IN_WORKER),
  setting('post_worker_init', '', IN_WORKER),
  setting('worker_int', '', IN_WORKER),
  setting('worker_abort', '', IN_WORKER),
  setting('pre_exec', '', IN_MASTER),
  setting('pre_request', '', IN_WORKER),
  setting('post_request', '', IN_WORKER),
  setting('child_exit', '', IN_MASTER),
  setting('worker_exit', '', IN_WORKER),
  setting('nworkers_changed', '', IN_MASTER),
  setting('on_exit', '', IN_MASTER),
  setting('ssl_context', '', later('native: what it would set has options in [tls]')),
];

/** gunicorn 26.2: all of its settings, in its own order; those without flags stand in its configuration file only. */
export const GUNICORN_ROWS: readonly Row[] = [
  ...SOCKET_AND_PROCESS,
  ...MECHANICS,
  ...TLS_AND_HTTP2,
  ...LOGGING,
  ...DEVELOPMENT_AND_CONTROL,
  ...HOOK_ROWS,
  // Not settings, but flags of its command.
  { names: ['-h', '--help'], takes: 'none', effect: request('help') },
  { names: ['-v', '--version'], takes: 'none', effect: request('version') },
];

/** HTTP/1.1 is always spoken. */
function protocols(value: string): Effect {
  const names = value.split(',').map((name) => name.trim());
  if (names.some((name) => name !== 'h1' && name !== 'h2')) return later('h1 and h2 are there');
  const http2 = to('http2', () => String(names.includes('h2')));
  return names.includes('h1') ? http2 : all(http2, warn('HTTP/1.1 is spoken as well'));
}

function cleartext(value: string): Effect {
  if (value === 'off') return accept('this is what happens anyway');
  if (value === 'upgrade') return warn(NO_UPGRADE);
  const known = to('http2_cleartext', () => 'true');
  if (value === 'prior-knowledge') return known;
  return value === 'both' ? all(known, warn(NO_UPGRADE)) : later('off and prior-knowledge are there');
}

const NO_UPGRADE = 'who asks for HTTP/2 by Upgrade goes on with HTTP/1.1 (RFC 9113 3.1 has given it up)';

function headerMap(value: string): Effect {
  if (value === 'drop') return accept('names with `_` are always dropped');
  if (value === 'refuse') return later('names with `_` are dropped, which is as safe');
  return refuse(
    'names with `_` could forge headers that a proxy sets',
    'rename the header that the client sends',
  );
}

/** Read as Python reads a number: 0o22 and 0x12 are what they look like, 18 is decimal. */
function umask(value: string): string {
  const number = /^(0|[1-9][0-9]*|0o[0-7]+|0x[0-9a-f]+)$/i.test(value) ? Number(value) : Number.NaN;
  return number <= 0o7777 ? `0${number.toString(8)}` : value;
}
