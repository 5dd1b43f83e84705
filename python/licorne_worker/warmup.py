"""Requests that a worker makes of its application before it serves: what is built with the first request is built before a client waits for it.

They are GET requests like those of a client on this machine, without a gateway: the application is called right here. An answer of 500 or above,
or an exception, is a failed start.
"""

import io
import sys
import time
import traceback
from urllib.parse import unquote_to_bytes

from .loader import LoadError
from .log import format_exception

USER_AGENT = 'licorne-warmup'
# Of an answer that does not end this much is read, in bytes.
BODY_BYTES_MAX = 1048576


class Answer:
    """What came of one request: its status (0: none), and what the application raised or wrote to its error stream."""

    def __init__(self):
        self.status = 0
        self.error = None
        self.written = ''
        self.size = 0


def warm_up(server, start, log):
    """Asks for each path in turn. Raises LoadError."""
    paths = start.get('warmup') or ()
    if not paths:
        return
    host = _host()
    with _Witness() as witness:
        for path in paths:
            began = time.monotonic()
            answer = server.get(path, host, start.get('script_name') or '')
            _judge(path, answer, witness.trace)
            level = 'warning' if answer.status >= 400 else 'debug'
            log.write(level, 'Warm-up: GET %s was answered with %d in %.3f s' % (path, answer.status, time.monotonic() - began))


def get_wsgi(app, base, path, host, script_name):
    """One request of a WSGI application."""
    answer = Answer()
    decoded, query = split(path)
    if script_name and decoded.startswith(script_name):
        decoded = decoded[len(script_name) :]
    else:
        script_name = ''
    errors = io.StringIO()
    environ = dict(base)
    environ.update(
        {
            'REQUEST_METHOD': 'GET',
            'SCRIPT_NAME': script_name,
            'PATH_INFO': decoded,
            'QUERY_STRING': query,
            'RAW_URI': path,
            'REQUEST_URI': path,
            'SERVER_PROTOCOL': 'HTTP/1.1',
            'SERVER_NAME': host,
            'SERVER_PORT': '80',
            'REMOTE_ADDR': '127.0.0.1',
            'REMOTE_PORT': '0',
            'HTTP_HOST': host,
            'HTTP_USER_AGENT': USER_AGENT,
            'wsgi.url_scheme': 'http',
            'wsgi.input': io.BytesIO(),
            'wsgi.errors': errors,
            'wsgi.early_hints': lambda headers: None,
            'licorne.request_id': USER_AGENT,
        }
    )

    def write(data):
        answer.size += len(data)

    def start_response(status, _headers, exc_info=None):
        answer.status = int(status[:3])
        return write

    result = None
    try:
        result = app(environ, start_response)
        for chunk in result:
            answer.size += len(chunk)
            if answer.size > BODY_BYTES_MAX:
                break
    except BaseException as error:
        answer.error = error
    try:
        if hasattr(result, 'close'):
            result.close()
    except BaseException as error:
        answer.error = answer.error or error
    answer.written = errors.getvalue()
    return answer


class _Witness:
    """Hears of the exceptions that Django turns into an answer of 500."""

    def __init__(self):
        self.trace = ''
        self._signal = None

    def __enter__(self):
        if 'django' in sys.modules:
            from django.core.signals import got_request_exception

            self._signal = got_request_exception
            self._signal.connect(self._note)
        return self

    def __exit__(self, *_error):
        if self._signal is not None:
            self._signal.disconnect(self._note)

    def _note(self, **_values):
        self.trace = traceback.format_exc()


def _judge(path, answer, witnessed):
    error = answer.error
    if error is not None:
        reason = '%s: %s' % (type(error).__name__, error)
        title = 'The warm-up request GET %s failed: %s' % (path, reason.splitlines()[0])
        raise LoadError('boot', title, str(error), format_exception(error)) from None
    if answer.status == 0:
        raise LoadError('boot', 'The warm-up request GET %s got no answer.' % path)
    if answer.status >= 500:
        title = 'The warm-up request GET %s was answered with %d.' % (path, answer.status)
        raise LoadError('boot', title, trace=witnessed or answer.written)


def split(path):
    """The decoded path (a code point a byte) and the query."""
    raw, _mark, query = path.partition('?')
    return unquote_to_bytes(raw).decode('latin-1'), query


def _host():
    """A host that the application takes: the first that Django allows by its full name."""
    if 'django' not in sys.modules:
        return 'localhost'
    try:
        from django.conf import settings

        for host in settings.ALLOWED_HOSTS:
            if host.strip('.') and '*' not in host:
                return host.strip('.')
    except Exception:
        # It is no Django project, though it has Django.
        pass
    return 'localhost'
