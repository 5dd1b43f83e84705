"""The hooks pre_request and post_request, around a call of a WSGI application."""

import inspect

from .wsgi_head import content_length


class RequestHooks:
    """Either function may be None."""

    def __init__(self, before, after, worker, log):
        self._before = before
        self._after = None if after is None else _with_four(after)
        self._worker = worker
        self._log = log

    def run(self, call, app, environ):
        """What `call.run(app, environ)` does, with the hooks around it. An error of pre_request is the request's."""
        request, response = HookRequest(environ), HookResponse()
        self._worker.nr += 1

        def hooked(environ, start_response):
            if self._before is not None:
                self._before(self._worker, request)

            def start(status, headers, exc_info=None):
                write = start_response(status, headers, exc_info)
                response.begin(status, headers)
                return write

            return app(environ, start)

        call.run(hooked, environ)
        if self._after is not None:
            response.sent = call.sent
            try:
                self._after(self._worker, request, environ, response)
            except BaseException as error:
                self._log.exception('The hook post_request failed: %s' % type(error).__name__, error, environ['licorne.request_id'])


class HookRequest:
    """`req`: the request line and the headers. Hooks may put attributes of their own on it."""

    def __init__(self, environ):
        self.method = environ['REQUEST_METHOD']
        self.uri = environ['RAW_URI']
        self.path, _mark, self.query = self.uri.partition('?')
        self.fragment = ''
        self.scheme = environ['wsgi.url_scheme']
        self.version = (1, 0) if environ['SERVER_PROTOCOL'] == 'HTTP/1.0' else (1, 1)
        self.peer_addr = self.remote_addr = (environ.get('REMOTE_ADDR', ''), environ.get('REMOTE_PORT', ''))
        self.body = environ['wsgi.input']
        self.trailers = []
        self._environ = environ

    @property
    def headers(self):
        """List of (NAME, value), the names as gunicorn writes them."""
        return [(_header_name(key), value) for key, value in self._environ.items() if _is_header(key)]


class HookResponse:
    """`resp`: what the application has answered; the status is None until it has."""

    def __init__(self):
        self.status = None
        self.status_code = None
        self.headers = []
        self.headers_sent = False
        self.response_length = None
        self.sent = 0

    def begin(self, status, headers):
        """start_response() was called."""
        self.status = status
        self.status_code = int(status[:3])
        self.headers = list(headers)
        self.headers_sent = True
        length = content_length(headers)
        self.response_length = None if length < 0 else length


def _is_header(key):
    return key.startswith('HTTP_') or key in ('CONTENT_TYPE', 'CONTENT_LENGTH')


def _header_name(key):
    return (key[5:] if key.startswith('HTTP_') else key).replace('_', '-')


def _with_four(function):
    """gunicorn takes hooks of two, three and four arguments."""
    try:
        count = len(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        count = 4
    if count == 2:
        return lambda worker, request, _environ, _response: function(worker, request)
    if count == 3:
        return lambda worker, request, environ, _response: function(worker, request, environ)
    return function
