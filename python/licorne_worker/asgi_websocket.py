"""One WebSocket of an ASGI application: `scope`, `receive` and `send`.

`spec_version` is "2.5": send() on a connection that is closed raises an OSError (2.4), which Starlette and others turn into their
own exception, and `websocket.disconnect` has a `reason` (2.5).
"""

import asyncio
from collections import deque

from . import asgi_order, frames
from .asgi_call import AsgiCall
from .asgi_head import accept_head, head_text, response_head
from .asgi_http import body_bytes
from .errors import ClientDisconnected, InterfaceError, InterfaceTypeError, InterfaceValueError

SPEC_VERSION = '2.5'

# RFC 6455, section 7.4.1 and the IANA registry.
_NORMAL = 1000
_INVALID_DATA = 1007
_TOO_BIG = 1009
_INTERNAL_ERROR = 1011
_SERVICE_RESTART = 1012
_ABNORMAL = 1006
# Codes that never go over the wire.
_RESERVED_CODES = (1004, 1005, 1006, 1015)


class WebSocketCall(AsgiCall):
    """A call with a scope of type `websocket`."""

    __slots__ = ('_state', '_connect_given', '_accepted', '_close_sent', '_messages', '_parts', '_parts_bytes', '_text', '_code', '_reason')

    def __init__(self, server, link, number, request, block, flags):
        super().__init__(server, link, number, request, block, False)
        if flags & frames.END:
            raise frames.ProtocolError('a REQUEST of a WebSocket with END')
        self._state = asgi_order.HANDSHAKE
        self._connect_given = False
        self._accepted = False
        self._close_sent = False
        # Whole messages that the application has not taken yet: (is text, bytes, credit that is due).
        self._messages = deque()
        self._parts = []
        self._parts_bytes = 0
        self._text = 0
        # How the connection ended, once it did.
        self._code = None
        self._reason = ''

    def scope(self):
        """The scope of this WebSocket."""
        scope = self.common_scope(SPEC_VERSION, {'websocket.http.response': {}})
        scope['subprotocols'] = list(scope.get('subprotocols', ()))
        return scope

    def take(self, kind, flags, payload):
        """A frame of the gateway. Raises ProtocolError."""
        if not self._accepted or self._code is not None and self.gone:
            raise frames.ProtocolError('a frame of type %d on a WebSocket that is not open' % kind)
        if kind == frames.MESSAGE:
            self._take_message(flags, payload)
        elif kind == frames.CLOSE:
            code, reason = frames.unpack_close(payload)
            self._end(code, reason)
            self.lose()
        else:
            raise frames.ProtocolError('a frame of type %d on a WebSocket' % kind)

    def lose(self):
        """The client, or the link, has gone."""
        if self._code is None:
            self._end(_ABNORMAL, '')
        super().lose()

    async def receive(self):
        """ASGI `receive`: `websocket.connect`, then the messages, then `websocket.disconnect`."""
        if not self._connect_given:
            self._connect_given = True
            return {'type': 'websocket.connect'}
        while True:
            if self._messages and not self._close_sent:
                text, data, due = self._messages.popleft()
                self.give_back(due)
                if not text:
                    return {'type': 'websocket.receive', 'bytes': data}
                try:
                    return {'type': 'websocket.receive', 'text': data.decode()}
                except UnicodeDecodeError:
                    self._close(_INVALID_DATA, 'a text message that is not UTF-8')
            elif self._code is not None or self.closed or self._over:
                code = _ABNORMAL if self._code is None else self._code
                return {'type': 'websocket.disconnect', 'code': code, 'reason': self._reason}
            else:
                await self.wait_to_read()

    async def send(self, message):
        """ASGI `send`. Waits while the client takes what was sent before; raises an OSError when the client has gone."""
        if self.gone:
            return self._send_to_nobody(message)
        if self._state is asgi_order.DONE or self._over:
            return self.complain('warning', 'A message after the end of the response was ignored')
        kind, state = asgi_order.step(asgi_order.WEBSOCKET, self._state, message)
        if kind == asgi_order.SEND:
            flags, data = _content(message)
            if not self.send_now(frames.MESSAGE, flags, data, len(data) or 1):
                await self.send_parts(frames.MESSAGE, flags, flags | frames.MORE, data)
                if self.gone:
                    raise ClientDisconnected('the client has gone before the message was sent')
        elif kind == asgi_order.CLOSE:
            self._close_or_refuse(message, state)
        elif kind == asgi_order.ACCEPT:
            head = accept_head(message)
            self._state = state
            self._accepted = True
            self.link.write(frames.pack_head(frames.ACCEPT, 0, self.number, head))
        elif kind == asgi_order.DENIAL_START:
            head = response_head(message)
            self._state = state
            self.hold_head(head)
        else:
            body = body_bytes(message)
            self._state = state
            await self._send_denial(body, frames.END if state is asgi_order.DONE else 0)
        return None

    def finish(self, error):
        """The application has come to its end."""
        if error is not None:
            self.report(error)
        if self.closed:
            return
        if self._accepted:
            if not self.gone and not self._close_sent:
                self._close(*self._closing_words(error))
            self.link.write(frames.pack_frame(frames.DONE, 0, self.number))
            self.close()
        elif self.gone:
            self.reset(frames.CLIENT_GONE)
        elif error is None:
            self.complain('error', 'The application ended, but %s' % self._state)
            self.reset(frames.APP_ERROR, 'ended without an answer to the handshake')
        elif self._is_cancelled(error):
            self.reset(frames.SHUTTING_DOWN)
        else:
            broke_rules = isinstance(error, InterfaceError)
            self.reset(frames.PROTOCOL_ERROR if broke_rules else frames.APP_ERROR, type(error).__name__)

    def _closing_words(self, error):
        if error is None:
            return _NORMAL, ''
        return (_SERVICE_RESTART, '') if self._is_cancelled(error) else (_INTERNAL_ERROR, '')

    def _is_cancelled(self, error):
        return self._server.cancelling and isinstance(error, asyncio.CancelledError)

    def _end(self, code, reason):
        self._code = code
        self._reason = reason
        self.wake_readers()

    def _take_message(self, flags, payload):
        size = len(payload)
        # An empty message is not free.
        cost = size or 1
        self.count_in(cost)
        if self._close_sent:
            # We wait for the end of the closing handshake.
            self.give_back(cost)
            return
        self._parts_bytes += size
        self._text |= flags & frames.TEXT
        if self._parts_bytes > self._server.ws_max_size:
            self._parts.clear()
            self._close(_TOO_BIG, 'a message of more than %d bytes' % self._server.ws_max_size)
            self.give_back(cost)
        elif flags & frames.MORE:
            self._parts.append(bytes(payload))
            self.give_back(cost)
        else:
            data = bytes(payload)
            if self._parts:
                self._parts.append(data)
                data = b''.join(self._parts)
                self._parts.clear()
            self._messages.append((self._text, data, cost))
            self._parts_bytes = self._text = 0
            self.wake_readers()

    def _close_or_refuse(self, message, state):
        if self._state is asgi_order.HANDSHAKE:
            self._state = state
            self.head = head_text(b'403 Forbidden', ())
            self.begin_body(b'', frames.END)
            self._end(_ABNORMAL, '')
            return
        code = message.get('code')
        code = _NORMAL if code is None else code
        if not isinstance(code, int) or not (1000 <= code <= 1014 or 3000 <= code <= 4999) or code in _RESERVED_CODES:
            raise InterfaceValueError('the close code must be 1000 to 1014 or 3000 to 4999, and not reserved, but is %.80r' % (code,))
        reason = message.get('reason') or ''
        if not isinstance(reason, str):
            raise InterfaceTypeError('the reason must be str, not %s' % type(reason).__name__)
        self._state = state
        self._close(code, reason)

    def _close(self, code, reason):
        """Begins the closing handshake; the gateway's CLOSE ends it."""
        if self._close_sent or self.gone:
            return
        self._close_sent = True
        # Too late to be taken: its credit goes back, so that the client's CLOSE can come through.
        while self._messages:
            self.give_back(self._messages.popleft()[2])
        self.link.write(frames.pack_close(self.number, code, _cut(reason)))

    async def _send_denial(self, body, flags):
        if self.head is not None:
            body = self.begin_body(body, flags)
        if body is not None and (body or flags) and not self.send_now(frames.BODY, flags, body, len(body)):
            await self.send_parts(frames.BODY, flags, 0, body)
        if flags:
            self._end(_ABNORMAL, '')

    def _send_to_nobody(self, message):
        # An application may close what its client has closed already.
        if not isinstance(message, dict) or message.get('type') != asgi_order.CLOSE:
            raise ClientDisconnected('the client has closed the WebSocket, or is gone')


def _content(message):
    """The flags and the bytes of a `websocket.send`. Raises InterfaceError."""
    text = message.get('text')
    data = message.get('bytes')
    if (text is None) == (data is None):
        raise InterfaceTypeError('exactly one of "bytes" and "text" must be set in %r' % asgi_order.SEND)
    if text is None:
        return 0, body_bytes({'body': data})
    if not isinstance(text, str):
        raise InterfaceTypeError('the text of a message must be str, not %s' % type(text).__name__)
    try:
        return frames.TEXT, text.encode()
    except UnicodeEncodeError as error:
        raise InterfaceValueError('the text of a message cannot be sent as UTF-8: %s' % error.reason) from None


def _cut(reason):
    """A reason as UTF-8 of a length that fits a close frame (RFC 6455, section 5.5), no character cut in two."""
    data = reason.encode('utf-8', 'replace')[: frames.CLOSE_REASON_BYTES_MAX]
    return data.decode('utf-8', 'ignore').encode()
