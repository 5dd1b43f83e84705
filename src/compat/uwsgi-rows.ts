import {
  accept,
  all,
  fine,
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
import { uwsgiHttps, uwsgiHttps2 } from './ssl-values.ts';
import { UWSGI_STATIC_ROWS } from './uwsgi-static.ts';

const RELOAD = warn('no file is watched for it: reload with `licorne reload`, or send HUP to the process');
const CLUSTER = refuse('clustering is the job of an orchestrator');
const WEBSOCKETS =
  'ASGI applications get WebSockets without it; the functions of the module `uwsgi` for them are not there';
const ALWAYS = accept('this is always so');
const zero = ['0'];

/** uWSGI counts memory in MB. */
const megabytes = (value: string): string => (/^\d+$/.test(value) ? `${value}m` : value);

const plugin = when((value) =>
  value
    .split(',')
    .every((name) =>
      /^(0?:?python\w*|http|corerouter|cheaper_busyness|gevent\w*|asyncio|logfile|router_\w+)$/.test(name),
    )
    ? accept('nothing has to be loaded')
    : refuse('plugins are machine code for the inside of uWSGI'),
);

const bufferSize = when((value) =>
  Number(value) > 65_536 ? to('header_bytes_max') : accept('header_bytes_max is 64k already'),
);

const LOADING: readonly Row[] = [
  row('--module --wsgi -w', keep),
  row('--wsgi-file --file', keep),
  row('--callable', keep),
  row('--chdir', to('chdir')),
  row(
    '--pythonpath --python-path --pp',
    to('pythonpath', (value) => [value]),
  ),
  row(
    '--home --virtualenv --venv --pyhome -H',
    to('python', (value) => `${value.replace(/\/+$/, '')}/bin/python`),
  ),
  row('--env', to('env')),
  flag('--need-app', ALWAYS),
  flag('--lazy-apps --lazy', accept('every worker imports the application itself')),
  flag('--single-interpreter -i', ALWAYS),
  flag('--enable-threads -T', ALWAYS),
  row('--plugin --plugins', plugin),
  row('--plugins-dir', accept('nothing has to be loaded')),
  row('--ini', keepAnd('the lines of the file count as arguments that follow the others')),
  row(
    '--xml --xmlconfig -x --yaml --yml -y --json --js -j --include --inherit',
    later('give its settings as --OPTION VALUE'),
  ),
  row('--mount', keepAnd('[`root_path`](settings.md#root_path) of the one application; several are errors')),
  flag('--manage-script-name', ALWAYS),
  flag('--no-default-app', accept('there is one application')),
  row('--pyargv', later()),
  row(
    '--import --py-import --pyimport --python-import --shared-import --shared-pyimport',
    later('import it in the application'),
  ),
  row(
    '--py-programname --py-program-name --wsgi-env-behavior --wsgi-env-behaviour',
    accept('a detail inside uWSGI'),
  ),
  flag('--py-call-osafterfork', accept('a detail inside uWSGI')),
  flag('--wsgi-disable-file-wrapper', later()),
  flag('--wsgi-strict', ALWAYS),
];

const SOCKETS: readonly Row[] = [
  row('--http', keep),
  row('--http-socket --http11-socket', keep),
  row(
    '--socket --uwsgi-socket -s',
    later('it speaks the uwsgi protocol; take --http-socket, and proxy_pass in nginx instead of uwsgi_pass'),
  ),
  row('--https --https-socket --ssl-socket', when(uwsgiHttps)),
  row('--https2', when(uwsgiHttps2)),
  row(
    '--http-to-https',
    all(
      to('bind', (address) => `http://${address}`),
      to('https_redirect', () => 'true'),
    ),
  ),
  row('--http-to', later('native: `proxy` of a [[site.location]]')),
  row('--fastcgi-socket --scgi-socket', later('take --http-socket')),
  row('--protocol --socket-protocol', fine(['http'], later('take --http-socket'))),
  row('--shared-socket', later('native: bind = "fd://N"')),
  row(
    '--chmod-socket --chmod -C',
    to('socket_mode', (value) => (value === '' ? '666' : value)),
    'optional',
  ),
  row('--chown-socket', later('start it as that user')),
  row('--listen -l', to('backlog')),
  row('--buffer-size -b', bufferSize),
  row(
    '--post-buffering --post-buffering-bufsize',
    accept('bodies are always collected before a worker is used: body_memory_bytes'),
  ),
  row('--limit-post', to('body_bytes_max')),
  row('--chunked-input-limit', accept('body_bytes_max limits chunked bodies too')),
  row('--chunked-input-timeout', to('body_timeout')),
  row('--http-timeout', accept('a view may take its time; clients have body_timeout and write_timeout')),
  row(
    '--http-keepalive',
    when((value) => (value === '' ? ALWAYS : to('keepalive_timeout'))),
    'optional',
  ),
  flag('--http-auto-chunked', ALWAYS),
  flag('--http-auto-gzip', later('native: compress = "safe" or "on"')),
  flag('--http-websockets', warn(WEBSOCKETS)),
  flag('--http-raw-body --http-chunked-input', ALWAYS),
  flag(
    '--http-enable-proxy-protocol --enable-proxy-protocol',
    all(
      to('proxy_protocol', () => ['*']),
      warn('every connection has to begin with the header; native: proxy_protocol names who sends it'),
    ),
  ),
  row('--http-processes --http-workers', accept('native: gateways')),
  row('--http-modifier1 --http-var', later()),
  row('--http-harakiri', fine(zero, later())),
  row('--http-headers-timeout', to('header_timeout')),
  row('--http-connect-timeout', accept('there is no router to connect to')),
  row(
    '--socket-timeout -z --so-send-timeout --socket-send-timeout --so-write-timeout --socket-write-timeout',
    accept('native: body_timeout, write_timeout'),
  ),
  flag(
    '--so-keepalive --tcp-nodelay --no-defer-accept --thunder-lock',
    accept('a detail of the sockets of uWSGI'),
  ),
  flag('--reuse-port', later()),
  flag('--abstract-socket -a', later()),
  row(
    '--add-header',
    keepAnd('`headers` of the [`[[site.location]]`](settings.md#where-requests-go-sitelocation)s'),
  ),
];

const PROCESSES: readonly Row[] = [
  flag('--master -M', ALWAYS),
  row('--processes --workers -p', keep),
  row('--threads', to('threads')),
  row('--threads-stacksize --threads-stack-size', accept('threads have the stack that Python gives them')),
  row('--async --asyncio', refuse('an experiment of uWSGI', 'use --threads N')),
  row('--gevent', later('for many waiting requests use --threads N')),
  flag('--gevent-monkey-patch --gevent-early-monkey-patch', later('it belongs to --gevent')),
  flag(
    '--cheap',
    to('cheap', () => 'true'),
  ),
  flag('--die-on-idle', later('native: idle_timeout ends the workers, the server stays')),
  row('--idle', fine(zero, to('idle_timeout'))),
  row('--cheaper', keepAnd('[`workers`](settings.md#workers), and `--processes` is `workers_max`')),
  row(
    '--cheaper-initial --cheaper-step --cheaper-overload --cheaper-idle --cheaper-algo',
    accept('the number of workers follows the time that requests wait'),
  ),
  row(
    '--cheaper-busyness-max --cheaper-busyness-min --cheaper-busyness-multiplier --cheaper-busyness-penalty',
    accept('the number of workers follows the time that requests wait'),
  ),
  row(
    '--cheaper-busyness-backlog-alert --cheaper-busyness-backlog-multiplier --cheaper-busyness-backlog-step',
    accept('the number of workers follows the time that requests wait'),
  ),
  row(
    '--cheaper-busyness-backlog-nonzero --cheaper-rss-limit-soft --cheaper-rss-limit-hard',
    accept('the number of workers follows the time that requests wait'),
  ),
  flag('--cheaper-busyness-verbose', accept('the log tells each change')),
  row('--max-requests -R', to('max_requests')),
  row(
    '--max-requests-delta --min-worker-lifetime --max-worker-lifetime-delta',
    accept('it only spreads other limits'),
  ),
  row('--max-worker-lifetime', to('max_lifetime')),
  row('--reload-on-rss', to('max_memory', megabytes)),
  row('--evil-reload-on-rss', to('max_memory_hard', megabytes)),
  row(
    '--reload-on-as --evil-reload-on-as',
    fine(zero, later('address space is not memory: --reload-on-rss')),
  ),
  flag('--reload-on-exception', refuse('an exception is answered with 500, and costs nobody a worker')),
  row('--harakiri -t', to('request_timeout')),
  flag('--harakiri-verbose', accept('the log always tells where a request hangs')),
  row(
    '--harakiri-graceful-timeout --harakiri-graceful-signal --harakiri-queue-threshold',
    accept('it only serves --harakiri'),
  ),
  row('--worker-reload-mercy --reload-mercy', to('graceful_timeout')),
  row('--mule-reload-mercy', accept('there are no mules')),
  flag('--die-on-term', accept('TERM always stops, gracefully')),
  flag('--exit-on-reload', later()),
  flag('--no-orphans', ALWAYS),
  row('--limit-as --max-fd --cpu-affinity', later('systemd and containers limit processes')),
  flag('--auto-procname', accept('only the look of the process list')),
  row(
    '--procname-prefix --procname-prefix-spaced --procname --procname-master',
    accept('only the look of the process list'),
  ),
  row('--uid', to('user')),
  row('--gid', to('group')),
  row('--umask', to('umask')),
  row('--chroot', later()),
  row('--cgroup --cap --unshare --namespace', refuse('systemd and containers do this better')),
  row(
    '--daemonize -d --daemonize2',
    refuse('it would run unwatched', 'let systemd, a container or another service manager run it'),
  ),
  row('--pidfile --pidfile2 --safe-pidfile', to('pid_file')),
  flag('--vacuum', ALWAYS),
  flag('--strict', accept('unknown options are always refused; unknown keys of a file with it')),
  row('--master-fifo --touch-reload --touch-chain-reload --touch-workers-reload --fs-reload', RELOAD),
  row(
    '--py-autoreload --py-auto-reload',
    fine(
      zero,
      to('reload', () => 'true'),
    ),
  ),
  flag('--honour-stdin', accept('a detail inside uWSGI')),
  row('--stop', later('use licorne stop, or send TERM to the process')),
  row('--reload', later('use licorne reload, or send HUP to the process')),
  row('--pause', later()),
  row('--zerg --zerg-server', CLUSTER),
  row('--attach-daemon --attach-daemon2 --smart-attach-daemon', later('native: a table [services.NAME]')),
  row(
    '--emperor',
    later('native: a [[site]] with `hosts` and a table [apps.NAME] for each; or one licorne for each'),
  ),
  row('--emperor-tyrant --vassals-inherit --vassals-include --vassal-set', CLUSTER),
  row(
    '--hook-master-start',
    when((value) =>
      /^unix_signal:15 gracefully_kill_them_all$/.test(value)
        ? accept('TERM always stops gracefully')
        : later(),
    ),
  ),
  row(
    '--hook-asap --hook-pre-app --hook-post-app --hook-as-user --hook-as-user-atexit --hook-post-fork --hook-accepting',
    later(),
  ),
  row('--exec-asap --exec-pre-app --exec-as-user --exec-post-app', later('run it before the server starts')),
  flag('--show-config', request('print-config')),
  flag('--memory-report -m', later('licorne status shows the memory of each worker')),
];

const ROUTES_AND_CACHE: readonly Row[] = [
  row(
    '--route',
    keepAnd(
      'a [`[[site.location]]`](settings.md#where-requests-go-sitelocation) for `redirect:`, `redirect-permanent:`, `break:STATUS` and `return:STATUS`; other actions are errors',
    ),
  ),
  row('--route-uri', later('--route looks at the path; what depends on the query is for the application')),
  row('--route-host', later('native: a [[site]] with `hosts`, and a location with `redirect`')),
  row('--route-if --route-run --response-route', later()),
  row('--cache2 --locks --websockets-ping-freq --websockets-max-size', later()),
];

const BACKGROUND: readonly Row[] = [
  row('--cron --unique-cron --cron2 --cron-harakiri', later('use cron or a timer of systemd')),
  row(
    '--spooler -Q --spooler-processes --spooler-frequency --spooler-harakiri --spooler-max-tasks --spooler-chdir',
    later(),
  ),
  row('--spooler-import --spooler-python-import', later()),
  flag('--spooler-ordered', later()),
  row('--mule --mules --farm --mule-harakiri --py-tracebacker', later()),
];

const LOGGING: readonly Row[] = [
  row('--logto --logto2', keep),
  row('--log-format --logformat', later('native: access_log_format = "combined" or "json"')),
  flag('--logformat-strftime --log-format-strftime', later()),
  row('--log-date --logdate', ALWAYS, 'optional'),
  flag(
    '--log-x-forwarded-for',
    accept('with --forwarded-allow-ips of the native command line the client is always logged'),
  ),
  flag('--disable-logging -L', keep),
  flag('--log-4xx --log-5xx --log-zero --log-ioerror', later('the access log has all requests or none')),
  row('--log-slow --log-big', later('the access log has all requests or none')),
  flag('--log-master --threaded-logger', accept('a detail inside uWSGI')),
  row('--log-master-bufsize', accept('a detail inside uWSGI')),
  row('--log-maxsize', to('log_max_size')),
  row('--log-backupname', later('a file that is put aside is named after the time')),
  flag('--log-reopen --log-truncate', later('log files are appended to; USR1 opens them anew')),
  row('--touch-logreopen --touch-logrotate', later('send USR1 to the process')),
  row(
    '--logger --req-logger --log-req-route --log-route --log-encoder --log-req-encoder --log-syslog',
    later(),
  ),
  row('--logfile-chown --logfile-chmod', later()),
  flag(
    '--ignore-sigpipe --ignore-write-errors --disable-write-exception',
    accept('a client that leaves is no error'),
  ),
  row('--write-errors-tolerance', accept('a client that leaves is no error')),
  flag('--catch-exceptions', refuse('tracebacks are not for clients', 'the error log has them')),
  row('--stats --stats-server', later('use licorne status --json')),
  row('--stats-push', later()),
  flag('--stats-http --stats-minified --stats-no-cores', accept('it only serves --stats')),
  flag('--enable-metrics', later()),
  row('--metric --alarm --log-alarm --alarm-backlog --alarm-segfault', later()),
  row('--subscribe-to --subscription-server --http-subscription-server --fastrouter --legion', CLUSTER),
  flag('--http-cheap', accept('there is no router')),
  flag(
    '--vhost',
    refuse('it picks the application by SERVER_NAME', 'native: a [[site]] with `hosts` and `app` for each'),
  ),
  flag('--reaper -r', ALWAYS),
  row('--set-placeholder --set-ph --set -S', later('placeholders belong to configuration files')),
  row('--if-env --if-exists --if-opt --for', later('logic belongs to configuration files')),
  row('--optimize -O --max-vars -v --sharedarea -A', warn('a detail inside uWSGI, left out')),
];

/** uWSGI 2.0.30: the options that real projects use, about 300 of its 957. */
export const UWSGI_ROWS: readonly Row[] = [
  ...LOADING,
  ...SOCKETS,
  ...PROCESSES,
  ...UWSGI_STATIC_ROWS,
  ...ROUTES_AND_CACHE,
  ...BACKGROUND,
  ...LOGGING,
  flag('--version', request('version')),
  flag('--help -h', request('help')),
];
