"""What gunicorn's hooks are given, as far as hooks use it: the arbiter (`server`), the worker, their configuration and their log."""

import logging
import sys

_LEVELS = {logging.DEBUG: 'debug', logging.INFO: 'info', logging.WARNING: 'warning', logging.ERROR: 'error', logging.CRITICAL: 'critical'}
# Of the settings that hooks read; what the server really does comes from the master and counts more.
_DEFAULTS = {
    'bind': ['127.0.0.1:8000'], 'workers': 1, 'threads': 1, 'worker_class': 'sync', 'worker_class_str': 'sync', 'worker_connections': 1000,
    'timeout': 30, 'graceful_timeout': 30, 'keepalive': 2, 'max_requests': 0, 'max_requests_jitter': 0, 'preload_app': False, 'reload': False,
    'daemon': False, 'debug': False, 'pidfile': None, 'user': None, 'group': None, 'umask': 0, 'proc_name': None, 'default_proc_name': None,
    'accesslog': None, 'errorlog': '-', 'loglevel': 'info', 'statsd_host': None, 'raw_env': [], 'is_ssl': False, 'certfile': None,
    'keyfile': None, 'backlog': 2048, 'worker_tmp_dir': None, 'pythonpath': None, 'config': None, 'reuse_port': False, 'sendfile': None,
}  # fmt: skip


class HookConfig:
    """`cfg`: settings by gunicorn's names. First what the master says, then what the file sets, then gunicorn's defaults."""

    def __init__(self, said, in_file):
        known = {name: value for name, value in in_file.items() if not name.startswith('_')}
        self.settings = {**_DEFAULTS, **known, **said}

    def __getattr__(self, name):
        try:
            return self.__dict__['settings'][name]
        except KeyError:
            raise AttributeError('No configuration setting for: %s' % name) from None

    @property
    def address(self):
        """The first address, as (host, port) or the path of a socket."""
        first = self.settings['bind'][0]
        if first.startswith('unix:'):
            return first[len('unix:') :]
        host, _colon, port = first.rpartition(':')
        return (host.strip('[]'), int(port)) if port.isdigit() else first

    @property
    def env(self):
        """`raw_env` as a dict."""
        return dict(item.split('=', 1) for item in self.settings['raw_env'])


class HookLog:
    """`log`: gunicorn's logger. What is written stands in the server's log."""

    def __init__(self, log):
        self._log = log
        self.error_log = _as_logger('gunicorn.error', log)
        self.access_log = logging.getLogger('gunicorn.access')
        self.loglevel = self.error_log.level

    def debug(self, message, *arguments, **options):
        """One entry of the log."""
        self._write('debug', message, arguments, options)

    def info(self, message, *arguments, **options):
        """One entry of the log."""
        self._write('info', message, arguments, options)

    def warning(self, message, *arguments, **options):
        """One entry of the log."""
        self._write('warning', message, arguments, options)

    warn = warning

    def error(self, message, *arguments, **options):
        """One entry of the log."""
        self._write('error', message, arguments, options)

    def critical(self, message, *arguments, **options):
        """One entry of the log."""
        self._write('critical', message, arguments, options)

    def exception(self, message, *arguments, **options):
        """One entry of the log, with the traceback of what is being handled."""
        self._write('error', message, arguments, {'exc_info': True, **options})

    def log(self, level, message, *arguments, **options):
        """`level` is one of gunicorn's names or a number of `logging`."""
        name = _LEVELS.get(level, 'info') if isinstance(level, int) else str(level).lower()
        self._write(name if name in _LEVELS.values() else 'info', message, arguments, options)

    def _write(self, level, message, arguments, options):
        text = str(message)
        if arguments:
            text %= arguments[0] if len(arguments) == 1 and isinstance(arguments[0], dict) else arguments
        trace = logging.Formatter().formatException(_exc_info(options['exc_info'])) if options.get('exc_info') else None
        self._log.write(level, text, None, trace)


class HookServer:
    """`server`: the arbiter. Its process is the master's, not this one."""

    def __init__(self, cfg, log, master_pid):
        self.cfg = cfg
        self.log = log
        self.pid = master_pid
        self.num_workers = cfg.workers
        self.proc_name = cfg.proc_name
        self.address = cfg.bind
        self.worker_age = 0
        self.WORKERS = {}
        self.LISTENERS = []

    def __getattr__(self, name):
        raise AttributeError('server.%s: the server is not gunicorn, and hooks are given only cfg, log, pid, num_workers and WORKERS of it' % name)


class HookWorker:
    """`worker`: one worker process. Hooks may put attributes of their own on it."""

    def __init__(self, cfg, log, age, pid, master_pid):
        self.cfg = cfg
        self.log = log
        self.age = age
        # As in gunicorn, before the fork it has none.
        self.pid = pid or '[booting]'
        self.ppid = master_pid
        self.nr = 0
        self.alive = True
        self.aborted = False
        self.booted = False
        self.max_requests = cfg.max_requests or float('inf')
        self.timeout = cfg.timeout
        self.sockets = []
        self.app = None
        self.wsgi = None

    def __str__(self):
        return '<Worker %s>' % self.pid


class HookApp:
    """`worker.app`: holds the application."""

    def __init__(self, application):
        self.callable = application

    def wsgi(self):
        """The application."""
        return self.callable


class _Handler(logging.Handler):
    def __init__(self, log):
        super().__init__()
        self._log = log

    def emit(self, record):
        level = 'debug' if record.levelno < logging.INFO else _LEVELS.get(record.levelno // 10 * 10, 'critical')
        self._log.write(level, self.format(record))


def _as_logger(name, log):
    """The logger of that name, which applications ask for handlers (a recipe for Flask), writing to our log."""
    logger = logging.getLogger(name)
    if not logger.handlers:
        logger.addHandler(_Handler(log))
        logger.propagate = False
        logger.setLevel(logging.getLevelName(str(log.level).upper()))
    return logger


def _exc_info(value):
    if isinstance(value, BaseException):
        return type(value), value, value.__traceback__
    if isinstance(value, tuple):
        return value
    return sys.exc_info()

