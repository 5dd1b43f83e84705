"""What the calls of an ASGI application for HTTP and for WebSocket have in common: the task, its end and its errors."""

import asyncio
import os
import sys

from .asgi_stream import AsgiStream
from .errors import ClientDisconnected
from .log import escape
from .request_stacks import task_stack

# Whether a task can begin when it is made, instead of in the next turn of the loop.
EAGER = sys.version_info >= (3, 12)
# Exceptions with which frameworks pass on that the client has gone (Starlette, Django, Channels, ...), by the end of their names.
_DISCONNECT_NAMES = ('Disconnect', 'Disconnected', 'RequestAborted', 'ClientClosed', 'StopConsumer')


class AsgiCall(AsgiStream):
    """One call of the application. Subclasses have `scope`, `receive`, `send`, `finish` and `take` (a frame)."""

    __slots__ = ()

    async def run(self):
        """Calls the application and ends the stream; nothing that it raises comes out."""
        server = self._server
        error = None
        try:
            # Between the making of a task and its first step the client may have gone.
            if not self.gone:
                await server.app(self.scope(), self.receive, self.send)
        except BaseException as raised:
            # SystemExit and the like too: an application ends its answer, not the worker.
            error = raised
        if server.forked:
            os._exit(0)
        server.calls.discard(self)
        self._over = True
        try:
            self.finish(error)
        finally:
            # An error knows this frame, which would know the error.
            error = None
            if self._readers:
                self.wake_readers()

    def time_out(self):
        """The time for this request is over: its task is cancelled, after it was written down where it waits."""
        if self.task is not None and not self._over:
            self._timed_out = True
            message = 'Cancelled (request_timeout): %s, here:' % self.line()
            self._server.log.write('error', message, self.request[4], task_stack(self.task))
            self.task.cancel()
        self.lose()

    def common_scope(self, spec_version, extensions):
        """The part of a scope that HTTP and WebSocket share; nothing in it is shared with another request, nor are `extensions`."""
        request = self.request
        scope = self.block.copy()
        scope['asgi'] = {'version': '3.0', 'spec_version': spec_version}
        scope['headers'] = scope['headers'].copy()
        scope['path'] = request[1]
        scope['raw_path'] = request[3]
        scope['query_string'] = request[2]
        scope['state'] = self._server.state.copy()
        scope['extensions'] = extensions
        if 'tls' in scope:
            extensions['tls'] = scope.pop('tls').copy()
        scope['licorne.request_id'] = request[4]
        return scope

    def report(self, error):
        """One log entry about what the application raised."""
        if self._timed_out and _is_disconnect(error):
            # It was told where the task was, that is all there is to say.
            return
        if self.gone and _is_disconnect(error):
            self._server.log.write('debug', 'The client has gone: ' + self.line(), self.request[4])
        elif self._server.cancelling and isinstance(error, asyncio.CancelledError):
            self._server.log.write('warning', 'Cancelled, the time to stop was over: ' + self.line(), self.request[4])
        else:
            self._server.log.exception('Error in the application: ' + self.line(), error, self.request[4])

    def complain(self, level, text):
        """A log entry that ends in the request line."""
        self._server.log.write(level, '%s: %s' % (text, self.line()), self.request[4])

    def line(self):
        """The request line, fit for the log."""
        method, _path, query_string, raw_path = self.request[:4]
        target = raw_path + b'?' + query_string if query_string else raw_path
        return escape('%s %s HTTP/%s' % (method, target.decode('latin-1'), self.block.get('http_version', '')))


def _is_disconnect(error):
    """Whether an error is, or was caused by, the news that the client has gone; a cancelled task counts, too."""
    for _step in range(20):
        if error is None:
            return False
        if isinstance(error, (ClientDisconnected, asyncio.CancelledError)):
            return True
        if any(kind.__name__.endswith(_DISCONNECT_NAMES) for kind in type(error).__mro__):
            return True
        inner = getattr(error, 'exceptions', None)
        if isinstance(inner, tuple) and inner:
            # An exception group.
            return all(_is_disconnect(item) for item in inner)
        error = error.__cause__ or error.__context__
    return False
