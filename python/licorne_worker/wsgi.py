"""WSGI (PEP 3333): builds `environ` and runs the application once for each stream."""

import io

from .file_wrapper import FileWrapper
from .log import RequestErrors
from .warmup import get_wsgi
from .wsgi_call import Call
from .wsgi_input import BodyInput

_INPUT_BUFFER_BYTES = 65536
_OF_ONE_REQUEST = dict.fromkeys((
    'REQUEST_METHOD', 'PATH_INFO', 'QUERY_STRING', 'REQUEST_URI', 'RAW_URI', 'licorne.request_id', 'licorne.client_disconnected',
    'wsgi.input', 'wsgi.errors', 'wsgi.early_hints',
))  # fmt: skip


class WsgiInterface:
    """One WSGI application, as the server's threads run it."""

    def __init__(self, app, multithread, multiprocess, log, hooks=None):
        self._app = app
        self._hooks = hooks
        self._log = log
        self._base = {
            'SERVER_SOFTWARE': 'licorne',
            'wsgi.version': (1, 0),
            'wsgi.multithread': multithread,
            'wsgi.multiprocess': multiprocess,
            'wsgi.run_once': False,
            'wsgi.input_terminated': True,
            'wsgi.file_wrapper': FileWrapper,
        }

    def prepare_block(self, block):
        """The entries that all requests of one header block share; every request gets a copy of its own.

        Those of a single request have their place in it already: a copy that is filled does not grow.
        """
        block.update(self._base)
        block.update(_OF_ONE_REQUEST)
        return block

    def get(self, path, host, script_name):
        """Answers a request of the worker's own."""
        return get_wsgi(self._app, self._base, path, host, script_name)

    def run(self, stream):
        """Answers one stream; nothing that the application raises comes out."""
        method, path, query, raw_uri, request_id, body, extra = stream.request
        call = Call(stream, self._log)
        environ = stream.block.copy()
        environ['REQUEST_METHOD'] = method
        environ['PATH_INFO'] = path
        environ['QUERY_STRING'] = query
        environ['REQUEST_URI'] = environ['RAW_URI'] = raw_uri
        environ['licorne.request_id'] = request_id
        environ['licorne.client_disconnected'] = stream.client_disconnected
        if stream.streamed:
            environ['wsgi.input'] = io.BufferedReader(BodyInput(stream), _INPUT_BUFFER_BYTES)
        else:
            environ['wsgi.input'] = io.BytesIO(body)
        environ['wsgi.errors'] = errors = RequestErrors(self._log, request_id)
        environ['wsgi.early_hints'] = call.early_hints
        if extra:
            environ.update(extra)
        if self._hooks is None:
            call.run(self._app, environ)
        else:
            self._hooks.run(call, self._app, environ)
        if errors.text:
            errors.flush()
