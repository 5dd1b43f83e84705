"""A stream: one request and its response on a link, with the credit of both directions."""

from collections import deque

from . import frames
from .errors import ClientDisconnected
from .frames import ProtocolError

# Credit is given back in portions, not for every read.
_CREDIT_PORTION = frames.STREAM_CREDIT // 4
_BODY_FRAME_BYTES_MAX = frames.STREAM_CREDIT

TAKEN = 'taken'
REFUSED = 'refused'


class Stream:
    """`take_body`, `take_credit` and `lose` belong to the thread that leads, under the server's mutex; all else to the thread that
    runs the application.

    Every counter has one writer, so that they need no lock: what is left of a credit is the difference of two.
    """

    # What most requests never need stands here: a body that comes in frames, a file as the answer, somebody who waits.
    streamed = False
    ended = True
    gone = False
    changed = None
    _chunks = None
    _received = 0
    _allowed = frames.STREAM_CREDIT
    _consumed = 0
    _granted = frames.STREAM_CREDIT
    _sent = 0
    _closed = False
    # What the gateway said to a file.
    _file_answer = None

    def __init__(self, server, link, number, request, block):
        self.link = link
        self.number = number
        self.request = request
        self.block = block
        self._server = server

    def expect_body(self, after_continue):
        """The body is to come in BODY frames. A client that waits for 100 Continue gets the first credit with the first read."""
        self.streamed = True
        self.ended = False
        self._chunks = deque()
        if after_continue:
            self._allowed = 0

    def take_body(self, payload, end):
        """Bytes of the request's body."""
        if self.ended:
            raise ProtocolError('BODY after END on stream %d' % self.number)
        if payload:
            self._received += len(payload)
            if self._received > self._allowed:
                raise ProtocolError('BODY beyond the credit of stream %d' % self.number)
            self._chunks.append(bytes(payload))
        if end:
            self.ended = True
        self._notify()

    def take_credit(self, count):
        """The gateway takes `count` more bytes of the response's body."""
        self._granted += count
        self._notify()

    def take_file(self, refused):
        """The gateway has the file it was offered, or refuses it."""
        self._file_answer = REFUSED if refused else TAKEN
        self._notify()

    def lose(self):
        """The client or the link has gone."""
        self.gone = True
        self._notify()

    def client_disconnected(self):
        """`licorne.client_disconnected`: whether nobody waits for the answer any more, because the client has gone or the time is over."""
        if not self.gone:
            # With one thread nobody else reads the news.
            self._server.look()
        return self.gone

    def receive(self):
        """The next bytes of the request's body, b'' at its end. Waits for them; raises ClientDisconnected."""
        if self._allowed == 0 and not self.ended and not self._closed:
            self._allowed = frames.STREAM_CREDIT
            self.link.send(frames.pack_credit(self.number, frames.STREAM_CREDIT))
        if not self._chunks and not self.ended:
            self._server.wait(self, self._can_receive)
        if self.gone:
            raise ClientDisconnected('the client has gone before the end of its request')
        if not self._chunks:
            if self.ended:
                return b''
            raise ClientDisconnected('the response is complete, the rest of the request is not read')
        chunk = self._chunks.popleft()
        self._consumed += len(chunk)
        # What was given so far is allowed - STREAM_CREDIT.
        due = self._consumed - (self._allowed - frames.STREAM_CREDIT)
        if due >= _CREDIT_PORTION and not self.ended and not self._closed:
            self._allowed += due
            self.link.send(frames.pack_credit(self.number, due))
        return chunk

    def answer(self, head, body):
        """The whole response in one frame: what send_head(head, body, END) does, for a body within the first credit."""
        link, number = self.link, self.number
        self._closed = True
        link.streams.pop(number, None)
        self._sent = len(body)
        if not self._server.send_soon(link, frames.pack_whole(number, head, len(body)), body):
            self._sent_or_gone(False)

    def send_head(self, head, body, flags=0):
        """RESPONSE with the first bytes of the body; what goes beyond the credit follows as BODY. `head` is bytes."""
        room = frames.STREAM_CREDIT
        first = body if len(body) <= room else memoryview(body)[:room]
        last = len(first) == len(body)
        self._sent = len(first)
        if last and flags & frames.END:
            self._close()
        start = frames.pack_head(frames.RESPONSE, flags if last else 0, self.number, head, len(first))
        if last and flags & frames.END:
            self._sent_or_gone(self._server.send_soon(self.link, start, first))
        else:
            self._send(start, first)
        if not last:
            self.send_body(memoryview(body)[self._sent :], flags)

    def send_body(self, body, flags=0):
        """BODY, in as many frames as the credit asks for, waiting for credit where there is none."""
        # A client that has gone is noticed here, so that an endless response ends.
        self._server.look()
        rest = memoryview(body)
        while True:
            if self.gone:
                raise ClientDisconnected('the client has gone before the end of its response')
            room = min(self._granted - self._sent, _BODY_FRAME_BYTES_MAX)
            if room <= 0 and len(rest):
                self._server.wait(self, self._can_send)
                continue
            piece = rest[:room] if len(rest) else rest
            last = len(piece) == len(rest)
            if last and flags & frames.END:
                self._close()
            self._sent += len(piece)
            self._send(frames.pack_header(frames.BODY, flags if last else 0, self.number, len(piece)), piece)
            if last:
                return
            rest = rest[room:]

    def offer_file(self, head, file, length):
        """FILE: a whole response whose body is `length` bytes of a RegularFile. Comes back when the gateway does not need its name any more:
        the stream is as good as ended then, or it was refused (False)."""
        self._send(frames.pack_file(self.number, head, file.path, file.offset, length, file.status))
        # The file may be removed by the close() that follows.
        self._server.wait(self, self._is_file_answered)
        if self._file_answer is REFUSED:
            return False
        self._close()
        return True

    def send_inform(self, head):
        """INFORM: a head of status 1xx."""
        self._send(frames.pack_head(frames.INFORM, 0, self.number, head))

    def reset(self, reason, text=''):
        """Ends the stream before its time."""
        self._close()
        self.link.send(frames.pack_frame(frames.RESET, 0, self.number, bytes((reason,)) + text.encode('utf-8', 'replace')))

    def done(self):
        """DONE, after an END that carried BUSY."""
        self._server.send_soon(self.link, frames.pack_frame(frames.DONE, 0, self.number))

    def _can_receive(self):
        return self._chunks or self.ended or self.gone or self._closed

    def _can_send(self):
        return self.gone or self._granted > self._sent

    def _is_file_answered(self):
        return self.gone or self._file_answer is not None

    def _notify(self):
        if self.changed is not None:
            self.changed.notify_all()

    def _close(self):
        self._closed = True
        self.link.streams.pop(self.number, None)

    def _send(self, data, more=b''):
        self._sent_or_gone(self.link.send(data, more))

    def _sent_or_gone(self, sent):
        if not sent:
            self.gone = True
            raise ClientDisconnected('the gateway has gone')
