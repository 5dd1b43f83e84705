"""One HTTP request to an ASGI application: `scope`, `receive` and `send`.

`spec_version` is "2.3" for HTTP, on purpose. From 2.4 on a server promises that send() raises when the client has gone, and
Starlette (FastAPI) then no longer listens for `http.disconnect` while it streams: a generator that waits for its next event would
be kept for ever, or until it sends. With 2.3 it listens, and is cancelled at once. So send() to nobody is ignored, as 2.3 has it
-- but an application that goes on sending without listening gets an OSError after a while, else it might never end.
"""

import asyncio
import os
import stat
from collections import deque

from . import asgi_order, frames
from .asgi_call import AsgiCall
from .asgi_head import content_length, early_hint_head, response_head, trailer_text
from .errors import ClientDisconnected, InterfaceError, InterfaceTypeError
from .regular_file import of_descriptor, sendable_length

SPEC_VERSION = '2.3'

# What has arrived is joined up to this size for one `http.request`.
_CHUNK_BYTES_MAX = 65536
# A file is read in pieces of this size.
_FILE_BYTES = 131072
# Sends that are ignored after the client has gone, each giving way to other tasks, before one raises.
_SENDS_TO_NOBODY_MAX = 32


class HttpCall(AsgiCall):
    """A call with a scope of type `http`."""

    __slots__ = ('_state', '_body', '_chunks', '_ended', '_to_nobody', '_trailers')

    def __init__(self, server, link, number, request, block, flags):
        # By its name, which is found faster than super().
        AsgiCall.__init__(self, server, link, number, request, block, flags & frames.EXPECT)
        self._state = asgi_order.NEW
        # A body that came with the request; None once it was given to the application.
        if flags & frames.END:
            self._ended = True
            self._body = request[5] or b''
            self._chunks = None
        else:
            self._ended = False
            self._body = None
            self._chunks = deque()
        self._to_nobody = 0
        self._trailers = None

    def scope(self):
        """The scope of this request."""
        extensions = {'http.response.early_hint': {}, 'http.response.pathsend': {}, 'http.response.trailers': {}}
        scope = self.common_scope(SPEC_VERSION, extensions)
        scope['method'] = self.request[0]
        return scope

    def take(self, kind, flags, payload):
        """A frame of the gateway. Raises ProtocolError."""
        if kind == frames.BODY or kind == frames.TRAILERS:
            # ASGI has no place for the trailers of a request.
            self._take_body(payload if kind == frames.BODY else b'', flags & frames.END)
        else:
            raise frames.ProtocolError('a frame of type %d on an HTTP stream' % kind)

    async def receive(self):
        """ASGI `receive`: the body as it comes, then `http.disconnect` when the client has gone or the response is complete."""
        while not self.gone and not self.closed and not self._over:
            if self._body is not None:
                body, self._body = self._body, None
                return {'type': 'http.request', 'body': body, 'more_body': False}
            if self._chunks is not None:
                if self._chunks or self._ended:
                    return self._next_chunk()
                self.give_first_credit()
            await self.wait_to_read()
        return {'type': 'http.disconnect'}

    async def send(self, message):
        """ASGI `send`. Waits while the client takes what was sent before."""
        if self.gone:
            return await self._send_to_nobody()
        if self._state is asgi_order.DONE or self._over:
            return self.complain('warning', 'A message after the end of the response was ignored')
        kind, state = asgi_order.step(asgi_order.HTTP, self._state, message)
        if kind == asgi_order.BODY:
            body = message.get('body', b'')
            if type(body) is not bytes:
                body = body_bytes(message)
            self._state = state
            flags = frames.END if state is asgi_order.DONE else 0
            if self.head is not None and len(body) <= frames.STREAM_CREDIT:
                self.begin_body(body, flags)
            else:
                await self._send_body(body, flags)
        elif kind == asgi_order.START:
            head = response_head(message)
            self._state = state
            self.hold_head(head)
        elif kind == asgi_order.PATHSEND:
            with open_regular(message.get('path')) as file:
                self._state = state
                if state is not asgi_order.DONE or not await self._hand_over(file):
                    await self._send_file(file, frames.END if state is asgi_order.DONE else 0)
        elif kind == asgi_order.TRAILERS:
            self._collect_trailers(message.get('headers') or (), state)
        elif self._state is asgi_order.NEW or self.head is not None:
            self.link.write(frames.pack_head(frames.INFORM, 0, self.number, early_hint_head(message)))
        return None

    def finish(self, error):
        """The application has come to its end."""
        if error is not None:
            self.report(error)
        if self.closed:
            return
        if self.gone:
            self.reset(frames.CLIENT_GONE)
        elif error is None:
            self.complain('error', 'The application ended, but %s' % self._state)
            self.reset(frames.APP_ERROR, 'ended without a complete response')
        elif self._server.cancelling and isinstance(error, asyncio.CancelledError):
            self.reset(frames.SHUTTING_DOWN)
        else:
            broke_rules = isinstance(error, InterfaceError)
            self.reset(frames.PROTOCOL_ERROR if broke_rules else frames.APP_ERROR, type(error).__name__)

    def _take_body(self, payload, end):
        if self._ended:
            raise frames.ProtocolError('BODY after END on stream %d' % self.number)
        if payload:
            self.count_in(len(payload))
            self._chunks.append(bytes(payload))
        if end:
            self._ended = True
        self.wake_readers()

    def _next_chunk(self):
        chunks = self._chunks
        body = chunks.popleft() if chunks else b''
        if chunks and len(body) < _CHUNK_BYTES_MAX:
            parts = [body]
            size = len(body)
            while chunks and size + len(chunks[0]) <= _CHUNK_BYTES_MAX:
                size += len(chunks[0])
                parts.append(chunks.popleft())
            body = b''.join(parts)
        more = bool(chunks) or not self._ended
        if not more:
            # The body has been given; what follows is the disconnect.
            self._chunks = None
        elif not self._ended:
            self.give_back(len(body))
        return {'type': 'http.request', 'body': body, 'more_body': more}

    async def _send_body(self, body, flags):
        if self.head is not None:
            body = self.begin_body(body, flags)
            if body is None:
                return
        elif not body and not flags:
            return
        if not self.send_now(frames.BODY, flags, body, len(body)):
            await self.send_parts(frames.BODY, flags, 0, body)
            if self.gone:
                await self._send_to_nobody()

    async def _hand_over(self, file):
        """The gateway sends the file, if it is one that has bytes and a head that still waits; False if not."""
        head = self.head
        if head is None or head[:3] in (b'204', b'304'):
            return False
        regular = of_descriptor(file.fileno(), file.name, 0)
        length = -1 if regular is None else sendable_length(regular, content_length(head))
        if length < 0:
            return False
        return await self.offer_file(regular, length)

    async def _send_file(self, file, flags):
        # Reading may wait for a disk, so the event loop does not do it; one piece ahead tells which is the last.
        read = asyncio.get_running_loop().run_in_executor
        chunk = await read(None, file.read, _FILE_BYTES)
        following = True
        while following and not self.gone:
            following = await read(None, file.read, _FILE_BYTES)
            await self._send_body(chunk, 0 if following else flags)
            chunk = following

    def _collect_trailers(self, headers, state):
        headers = list(headers)
        text = trailer_text(headers)
        if text:
            self._trailers = text if self._trailers is None else self._trailers + b'\n' + text
        self._state = state
        if state is asgi_order.DONE:
            self.link.write(frames.pack_frame(frames.TRAILERS, frames.END, self.number, self._trailers or b''))
            self.close()

    async def _send_to_nobody(self):
        self._to_nobody += 1
        if self._to_nobody > _SENDS_TO_NOBODY_MAX:
            raise ClientDisconnected('the client has gone, and the application goes on sending')
        # Whoever listens for http.disconnect gets the chance to act on it.
        await asyncio.sleep(0)


def body_bytes(message):
    """The `body` of a message, as bytes that nobody changes. Raises InterfaceError."""
    body = message.get('body', b'')
    if type(body) is bytes:
        return body
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body)
    raise InterfaceTypeError('the body must be bytes, not %s' % type(body).__name__)


def open_regular(path):
    """The file of an `http.response.pathsend`: absolute, as the extension has it, and a regular one. Raises InterfaceError or OSError."""
    if not isinstance(path, str) or not os.path.isabs(path):
        raise InterfaceTypeError('the path of http.response.pathsend must be an absolute path, not %r' % (path,))
    file = open(path, 'rb', buffering=0)
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise InterfaceTypeError('http.response.pathsend sends regular files only')
    return file
