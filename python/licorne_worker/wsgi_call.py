"""One call of a WSGI application: start_response, write and the result, turned into frames."""

from . import frames
from .errors import ClientDisconnected, InterfaceError, InterfaceOrderError, InterfaceTypeError
from .file_wrapper import FileWrapper
from .log import escape
from .regular_file import sendable_length
from .wsgi_head import head_text, response_head

_LAST = frames.END | frames.BUSY
# Statuses of responses without a body.
_BODILESS = (b'204', b'304')


class Call:
    """PEP 3333, "Specification Details". The head goes out with the first bytes of the body, or at the end if there are none."""

    _head = None
    _length = -1
    _sent = 0
    _head_sent = False
    # END has been sent.
    _ended = False
    # It carried BUSY, so DONE has to follow.
    _busy = False
    # The application has come to its end.
    _over = False
    _too_long = False

    def __init__(self, stream, log):
        self._stream = stream
        self._log = log

    def run(self, app, environ):
        """Runs the application to its end, `close()` included, and ends the stream."""
        result = None
        error = None
        try:
            result = app(environ, self.start_response)
            if type(result) is list and len(result) == 1 and self._answer(result[0]):
                return
            self._send_result(result)
        except BaseException as raised:
            # SystemExit and the like too: an application ends its answer, not the worker.
            error = raised
        self._over = True
        close_error = _close(result)
        self._finish(error, close_error)
        # An error knows this frame, which would know the error.
        error = close_error = None

    @property
    def sent(self):
        """Bytes of the body that the application gave, those of a file not counted."""
        return self._sent

    def start_response(self, status, headers, exc_info=None):
        """PEP 3333, "The start_response() Callable". Returns `write`."""
        if exc_info is not None:
            try:
                if self._head_sent:
                    raise exc_info[1].with_traceback(exc_info[2])
            finally:
                exc_info = None
        elif self._head is not None:
            raise InterfaceOrderError('start_response() was called a second time without exc_info')
        self._head, self._length = response_head(status, headers)
        return self.write

    def write(self, data):
        """PEP 3333, "The write() Callable": sends `data` at once."""
        if self._over:
            raise InterfaceOrderError('write() was called after the end of the response')
        _check_bytes(data, 'write() takes')
        if data:
            self._sent += len(data)
            self._send(data)

    def early_hints(self, headers):
        """`wsgi.early_hints`: sends 103 Early Hints (RFC 8297) with this list of (name, value)."""
        if self._head_sent or self._over:
            raise InterfaceOrderError('wsgi.early_hints was called after the response began')
        if self._stream.gone:
            raise ClientDisconnected('the client has gone before its response')
        self._stream.send_inform(head_text('103 Early Hints', headers))

    def _answer(self, body):
        """A list with one piece and nothing sent before is the plainest of results, and has no close(). False: it is not so plain."""
        if self._head is None or self._head_sent or type(body) is not bytes or len(body) > frames.STREAM_CREDIT or self._stream.gone:
            return False
        self._stream.answer(self._head, body)
        self._over = self._head_sent = self._ended = True
        self._sent = len(body)
        return True

    def _send_result(self, result):
        if type(result) is FileWrapper and not self._head_sent and self._send_file(result):
            return
        if isinstance(result, (list, tuple)) and not self._head_sent and self._send_whole(result):
            return
        if result is None:
            raise InterfaceTypeError('the application must return an iterable of bytes, not None')
        for chunk in result:
            if self._stream.gone:
                raise ClientDisconnected('the client has gone before the end of its response')
            _check_bytes(chunk, 'the application must yield')
            if chunk and self._ended:
                self._too_long = True
                break
            if chunk:
                self._send_chunk(chunk)
        if not self._ended:
            self._send(b'', _LAST if hasattr(result, 'close') else frames.END)

    def _send_whole(self, result):
        """A list of all there is goes out as one frame, if it fits."""
        for chunk in result:
            _check_bytes(chunk, 'the application must return')
        body = result[0] if len(result) == 1 else b''.join(result)
        if len(body) > frames.STREAM_CREDIT:
            return False
        self._sent = len(body)
        self._send(body, _LAST if hasattr(result, 'close') else frames.END)
        return True

    def _send_file(self, wrapper):
        """A file on the disk is sent by the gateway; False if this is none."""
        if self._head is None or self._head[:3] in _BODILESS or self._stream.gone:
            return False
        file = wrapper.regular_file()
        length = -1 if file is None else sendable_length(file, self._length)
        if length < 0:
            return False
        if not self._stream.offer_file(self._head, file, length):
            return False
        self._head_sent = self._ended = self._busy = True
        return True

    def _send_chunk(self, chunk):
        self._sent += len(chunk)
        # With all that Content-Length promised the client's response is complete, though the iterable may have work left.
        complete = 0 <= self._length <= self._sent
        self._send(chunk, _LAST if complete else 0)

    def _send(self, data, flags=0):
        if self._head_sent:
            self._stream.send_body(data, flags)
        else:
            if self._head is None:
                raise InterfaceOrderError('the application gave a body before it called start_response()')
            if self._stream.gone:
                raise ClientDisconnected('the client has gone before its response')
            self._head_sent = True
            self._stream.send_head(self._head, data, flags)
        if flags:
            self._ended = True
            self._busy = flags == _LAST

    def _finish(self, error, close_error):
        if error is not None:
            self._report(error)
        if close_error is not None:
            self._report(close_error)
        if self._too_long:
            self._log.write('warning', 'The application gave more than its Content-Length: ' + self._line(), self._request_id())
        if not self._ended:
            if self._stream.gone:
                self._stream.reset(frames.CLIENT_GONE)
            else:
                broke_rules = isinstance(error, InterfaceError)
                self._stream.reset(frames.PROTOCOL_ERROR if broke_rules else frames.APP_ERROR, type(error).__name__)
        elif self._busy:
            self._stream.done()

    def _report(self, error):
        if self._stream.gone and _from_disconnect(error):
            self._log.write('debug', 'The client has gone: ' + self._line(), self._request_id())
        else:
            self._log.exception('Error in the application: ' + self._line(), error, self._request_id())

    def _line(self):
        request = self._stream.request
        return escape('%s %s %s' % (request[0], request[3], self._stream.block.get('SERVER_PROTOCOL', '')))

    def _request_id(self):
        return self._stream.request[4]


def _check_bytes(data, what):
    if not isinstance(data, bytes):
        raise InterfaceTypeError('%s bytes, not %s' % (what, type(data).__name__))


def _close(result):
    """Calls the result's close(), if it has one; gives back what it raised."""
    try:
        close = getattr(result, 'close', None)
        if close is not None:
            close()
    except BaseException as raised:
        return raised
    return None


def _from_disconnect(error):
    """Whether an error is, or was caused by, the news that the client has gone."""
    for _step in range(20):
        if error is None:
            return False
        if isinstance(error, ClientDisconnected):
            return True
        error = error.__cause__ or error.__context__
    return False
