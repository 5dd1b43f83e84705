"""A link: one gateway's connection, and what its frames mean for the streams on it."""

import json
import socket
import threading

from . import frames
from .frames import ProtocolError
from .request_reader import RequestReader
from .stream import Stream

# Up to this size it is cheaper to join a header and its payload than to send them as two parts.
_JOIN_BYTES_MAX = 16384
# More than this does not wait for what is still to come.
_UNSENT_BYTES_MAX = 65536


class Link:
    """Reads under the server's mutex, by the thread that leads; writes by any thread, one at a time."""

    def __init__(self, server, connection, prepare_block):
        self._server = server
        self._requests = RequestReader(prepare_block)
        self._socket = connection
        self._reader = frames.FrameReader()
        self._write_lock = threading.Lock()
        self._greeted = False
        # Frames that wait to be sent together with others; under the write lock.
        self._unsent = []
        self._unsent_bytes = 0
        self.fd = connection.fileno()
        self.streams = {}
        self.open = True

    def greet(self, hello):
        """Sends our HELLO; `hello` is a dict."""
        self.send(frames.pack_frame(frames.HELLO, 0, 0, json.dumps(hello).encode()))

    def read_into(self, buffer):
        """Reads once without waiting. New streams in order; None when the gateway has gone."""
        try:
            count = self._socket.recv_into(buffer, 0, socket.MSG_DONTWAIT)
        except (BlockingIOError, InterruptedError):
            return []
        except OSError:
            return None
        if count == 0:
            return None
        return self.receive(buffer[:count])

    def receive(self, data):
        """Acts on received bytes; new streams in order. Raises ProtocolError."""
        started = []
        server, streams = self._server, self.streams
        every = 0
        for kind, flags, number, payload in self._reader.feed(data):
            if kind == frames.REQUEST and self._greeted:
                request, block = self._requests.open(number, flags, payload)
                streams[number] = stream = Stream(server, self, number, request, block)
                if not flags & frames.END:
                    stream.expect_body(flags & frames.EXPECT)
                every |= flags
                started.append(stream)
            elif not self._greeted:
                self._requests.read_hello(kind, payload)
                self._greeted = True
            elif number in streams:
                _pass_to(streams[number], kind, flags, payload)
            else:
                self._requests.check_old(number)
        if every & frames.AHEAD:
            server.expect_more()
        return started

    def put(self, data, more=b''):
        """As `send`, but what is small may wait for `flush`, or for the next frame that is sent."""
        size = len(more)
        if size > _JOIN_BYTES_MAX:
            return self.send(data, more)
        with self._write_lock:
            if not self.open:
                return False
            # This very list: under the lock nobody else has it.
            unsent = self._unsent
            unsent.append(data)
            unsent.append(more)
            self._unsent_bytes = size = self._unsent_bytes + len(data) + size
        return size <= _UNSENT_BYTES_MAX or self.flush()

    @property
    def has_unsent(self):
        """Whether something waits to be sent."""
        return bool(self._unsent)

    def flush(self):
        """Sends what waits. False when the link is broken."""
        return self.send(b'')

    def send(self, data, more=b''):
        """Sends a frame, given whole or as header and payload, and before it what waits. False when the link is broken."""
        with self._write_lock:
            if not self.open:
                return False
            if self._unsent:
                self._unsent.append(data)
                data = b''.join(self._unsent)
                self._unsent = []
                self._unsent_bytes = 0
            try:
                if not more:
                    self._socket.sendall(data)
                elif len(more) <= _JOIN_BYTES_MAX:
                    self._socket.sendall(b''.join((data, more)))
                else:
                    self._send_parts(data, more)
            except OSError:
                self.open = False
        if not self.open:
            self._shut()
        return self.open

    def close(self):
        """Ends the link and everything on it; called by the thread that leads, under the server's mutex."""
        self._shut()
        with self._write_lock:
            self.open = False
            self._socket.close()
        for stream in list(self.streams.values()):
            stream.lose()

    def abandon(self):
        """In a forked child: lets go of the socket without ending the connection."""
        self._write_lock = threading.Lock()
        self.open = False
        self._socket.close()

    def _shut(self):
        # Wakes a thread that is blocked in a write, and the poll of the one that leads.
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def _send_parts(self, data, more):
        sent = self._socket.sendmsg((data, more))
        if sent < len(data):
            self._socket.sendall(memoryview(data)[sent:])
            sent = len(data)
        if sent < len(data) + len(more):
            self._socket.sendall(memoryview(more)[sent - len(data) :])


def _pass_to(stream, kind, flags, payload):
    if kind == frames.BODY:
        stream.take_body(payload, flags & frames.END)
    elif kind == frames.CREDIT:
        stream.take_credit(frames.unpack_u32(payload))
    elif kind == frames.RESET:
        stream.lose()
    elif kind == frames.FILE:
        stream.take_file(frames.file_refused(payload))
    elif kind == frames.TRAILERS:
        # WSGI has no place for the trailers of a request.
        stream.take_body(b'', flags & frames.END)
    else:
        raise ProtocolError('a frame of type %d on a stream' % kind)
