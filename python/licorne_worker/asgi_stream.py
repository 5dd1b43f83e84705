"""A stream of a link to an ASGI application: credit in both directions, and who waits for it. Everything runs in the event loop."""

import asyncio

from . import frames
from .errors import InterfaceOrderError

# Credit is given back in portions, not for every message.
_CREDIT_PORTION = frames.STREAM_CREDIT // 4
_FRAME_BODY_BYTES_MAX = frames.STREAM_CREDIT


class AsgiStream:
    """One request and its answer on the wire; what it means to the application is the business of HttpCall and WebSocketCall."""

    __slots__ = (
        'link', 'number', 'request', 'block', 'gone', 'closed', 'task', 'head', '_server', '_over', '_timed_out',
        '_granted', '_sent', '_allowed', '_received', '_due', '_readers', '_writers', '_turn', '_queued', '_torn', '_file_refused',
    )  # fmt: skip

    def __init__(self, server, link, number, request, block, expect):
        self._server = server
        self.link = link
        self.number = number
        self.request = request
        self.block = block
        # Nobody takes what is sent any more.
        self.gone = False
        # END, RESET or DONE has been sent.
        self.closed = False
        self.task = None
        # The head of a response that has not been sent yet.
        self.head = None
        # The application has come to its end; it was cancelled because its time is over.
        self._over = False
        self._timed_out = False
        self._granted = frames.STREAM_CREDIT
        self._sent = 0
        self._allowed = 0 if expect else frames.STREAM_CREDIT
        self._received = 0
        self._due = 0
        # Futures; most requests wait for nothing, so the lists are made by who waits first.
        self._readers = None
        self._writers = None
        self._turn = None
        self._queued = 0
        self._torn = False
        # What the gateway said to a file; None: nothing yet.
        self._file_refused = None

    def take_credit(self, count):
        """The gateway takes `count` more bytes."""
        self._granted += count
        wake(self._writers)

    def lose(self):
        """The client or the link has gone."""
        self.gone = True
        wake(self._readers)
        wake(self._writers)

    def resume(self):
        """The link can be written to again."""
        wake(self._writers)

    def count_in(self, count):
        """Bytes that arrived use up the credit we gave. Raises ProtocolError."""
        self._received += count
        if self._received > self._allowed:
            raise frames.ProtocolError('more bytes than the credit of stream %d' % self.number)

    def give_back(self, count):
        """Bytes that arrived are disposed of: the gateway may send as many more."""
        self._due += count
        if self._due >= _CREDIT_PORTION and not self.closed:
            self._allowed += self._due
            self.link.write(frames.pack_credit(self.number, self._due))
            self._due = 0

    def give_first_credit(self):
        """A client that waits for 100 Continue is told to go on by this (flag EXPECT)."""
        if self._allowed == 0 and not self.closed:
            self._allowed = frames.STREAM_CREDIT
            self.link.write(frames.pack_credit(self.number, frames.STREAM_CREDIT))

    def wait_to_read(self):
        """A future that is done when something has arrived, or the stream has ended."""
        if self._readers is None:
            self._readers = []
        return _waiter(self.link.loop, self._readers)

    def wake_readers(self):
        """Something has arrived, or nothing will any more."""
        if self._readers:
            wake(self._readers)

    def hold_head(self, head):
        """Keeps a response's head for a moment: with the first bytes of the body it makes one frame."""
        self.head = head
        self.link.hold(self)

    def release_head(self):
        """Sends the head if it is still kept: its body takes its time."""
        if self.head is not None and not self.gone:
            head, self.head = self.head, None
            self.link.write(frames.pack_head(frames.RESPONSE, 0, self.number, head))

    def begin_body(self, body, flags):
        """RESPONSE with the kept head and as much of `body` as the first credit allows; what is left of the body, None if nothing."""
        head, self.head = self.head, None
        size = len(body)
        rest = None
        if size > frames.STREAM_CREDIT:
            rest = memoryview(body)[frames.STREAM_CREDIT :]
            body = body[: frames.STREAM_CREDIT]
            size = frames.STREAM_CREDIT
            flags = 0
        self._sent += size
        self.link.write(frames.pack_head(frames.RESPONSE, flags, self.number, head, size), body)
        if flags & frames.END:
            self.close()
        return rest

    def take_file(self, refused):
        """The gateway has the file it was offered, or refuses it."""
        self._file_refused = refused
        wake(self._readers)

    async def offer_file(self, file, length):
        """FILE with the kept head: a whole response whose body is `length` bytes of a RegularFile. Comes back when its name is not needed any
        more: the stream has ended, or it was refused (False)."""
        head, self.head = self.head, None
        self.link.write(frames.pack_file(self.number, head, file.path, file.offset, length, file.status))
        try:
            # The application may remove the file as soon as this send() is over.
            while self._file_refused is None and not self.gone:
                await self.wait_to_read()
        finally:
            if not self._file_refused:
                self.close()
                self.link.write(frames.pack_frame(frames.DONE, 0, self.number))
        if not self._file_refused:
            return True
        self.hold_head(head)
        return False

    def send_now(self, kind, flags, data, cost):
        """Sends a frame if nothing is in its way; `cost` is what it takes of the credit, in bytes."""
        if cost and (self._queued or self._torn or cost > self._granted - self._sent or self.link.paused):
            return False
        self._sent += cost
        self.link.write(frames.pack_header(kind, flags, self.number, len(data)), data)
        if flags & frames.END:
            self.close()
        return True

    async def send_parts(self, kind, flags, part_flags, data):
        """Sends data as credit comes, all but the last frame with `part_flags`. Calls take turns; it ends early when nobody is there."""
        self._queued += 1
        try:
            if self._turn is None:
                self._turn = asyncio.Lock()
            async with self._turn:
                await self._send_in_turn(kind, flags, part_flags, memoryview(data))
        finally:
            self._queued -= 1

    async def _send_in_turn(self, kind, flags, part_flags, rest):
        if self._torn:
            raise InterfaceOrderError('a send() was cancelled in the middle of its data, nothing can follow it')
        whole = len(rest)
        try:
            while not self.gone and not self.closed:
                room = min(self._granted - self._sent, _FRAME_BODY_BYTES_MAX)
                if room <= 0 or self.link.paused:
                    await self._wait_to_write()
                    continue
                piece = rest[:room]
                rest = rest[len(piece) :]
                self._sent += len(piece) or 1
                last_flags = part_flags if rest else flags
                self.link.write(frames.pack_header(kind, last_flags, self.number, len(piece)), piece)
                if not rest:
                    if flags & frames.END:
                        self.close()
                    return
        except asyncio.CancelledError:
            self._torn = len(rest) < whole
            raise

    def reset(self, reason, text=''):
        """RESET: ends the stream before its time."""
        self.close()
        self.link.write(frames.pack_frame(frames.RESET, 0, self.number, bytes((reason,)) + text.encode('utf-8', 'replace')))

    def close(self):
        """Nothing more is sent on this stream."""
        self.closed = True
        # A head that waits for its body has nobody to go to any more: the gateway knows this stream no longer.
        self.head = None
        self.link.streams.pop(self.number, None)
        if self._readers:
            wake(self._readers)

    def _wait_to_write(self):
        if self._writers is None:
            self._writers = []
        return _waiter(self.link.loop, self._writers)


def wake(waiters):
    """Ends the wait of all, if there are any."""
    if not waiters:
        return
    for waiter in waiters:
        if not waiter.done():
            waiter.set_result(None)
    waiters.clear()


def _waiter(loop, waiters):
    if waiters and waiters[-1].done():
        # Who waits with a time limit, again and again, leaves cancelled futures behind.
        waiters[:] = [waiter for waiter in waiters if not waiter.done()]
    waiter = loop.create_future()
    waiters.append(waiter)
    return waiter
