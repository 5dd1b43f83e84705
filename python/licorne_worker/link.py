"""A link: one gateway's connection, and what its frames mean for the streams on it."""

import json
import marshal
import socket
import threading

from . import frames
from .frames import ProtocolError
from .stream import Stream

# Up to this size it is cheaper to join a header and its payload than to send them as two parts.
_JOIN_BYTES_MAX = 16384


class Link:
    """Reads under the server's mutex, by the thread that leads; writes by any thread, one at a time."""

    def __init__(self, server, connection, prepare_block):
        self._server = server
        self._prepare_block = prepare_block
        self._socket = connection
        self._reader = frames.FrameReader()
        self._write_lock = threading.Lock()
        self._slots = [None] * frames.BLOCK_SLOTS
        self._last = 0
        self._greeted = False
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
        for kind, flags, number, payload in self._reader.feed(data):
            if not self._greeted:
                self._read_hello(kind, payload)
            elif kind == frames.REQUEST:
                started.append(self._open_stream(number, flags, payload))
            else:
                stream = self.streams.get(number)
                if stream is None:
                    self._check_old(number)
                else:
                    _pass_to(stream, kind, flags, payload)
        return started

    def send(self, data, more=b''):
        """Sends a frame, given whole or as header and payload. False when the link is broken."""
        with self._write_lock:
            if not self.open:
                return False
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

    def _read_hello(self, kind, payload):
        try:
            hello = json.loads(bytes(payload)) if kind == frames.HELLO else {}
            known = hello.get('protocol') == frames.PROTOCOL_VERSION
        except (ValueError, AttributeError):
            known = False
        if not known:
            raise ProtocolError('the first frame is not a HELLO of protocol %d' % frames.PROTOCOL_VERSION)
        self._greeted = True

    def _open_stream(self, number, flags, payload):
        # Stream numbers rise modulo 2^32 (serial number arithmetic, RFC 1982); 0 is the link itself.
        if number == 0 or not 0 < (number - self._last & 0xFFFFFFFF) < 0x80000000:
            raise ProtocolError('stream %d after stream %d' % (number, self._last))
        self._last = number
        slot = payload[0] | payload[1] << 8 if len(payload) > 2 else frames.BLOCK_SLOTS
        if slot >= frames.BLOCK_SLOTS:
            raise ProtocolError('a REQUEST without a header-block slot')
        try:
            request = marshal.loads(payload[2:])
        except (ValueError, EOFError, TypeError, MemoryError) as error:
            raise ProtocolError('a REQUEST that marshal cannot read: %s' % error) from None
        with_block = flags & frames.BLOCK
        if type(request) is not tuple or len(request) != (8 if with_block else 7):
            raise ProtocolError('a REQUEST that is not a tuple of its length')
        if with_block:
            if type(request[7]) is not dict:
                raise ProtocolError('a header block that is not a dict')
            self._slots[slot] = self._prepare_block(request[7])
        block = self._slots[slot]
        if block is None:
            raise ProtocolError('a REQUEST that names the empty header-block slot %d' % slot)
        ended = bool(flags & frames.END)
        if request[5] is not None and not ended:
            raise ProtocolError('a REQUEST with its body but without END')
        stream = Stream(self._server, self, number, request, block, ended)
        self.streams[number] = stream
        return stream

    def _check_old(self, number):
        if number == 0 or (self._last - number & 0xFFFFFFFF) >= 0x80000000:
            raise ProtocolError('a frame for stream %d, which was never opened' % number)


def _pass_to(stream, kind, flags, payload):
    if kind == frames.BODY:
        stream.take_body(payload, flags & frames.END)
    elif kind == frames.CREDIT:
        stream.take_credit(frames.unpack_u32(payload))
    elif kind == frames.RESET:
        stream.lose()
    elif kind == frames.TRAILERS:
        # WSGI has no place for the trailers of a request.
        stream.take_body(b'', flags & frames.END)
    else:
        raise ProtocolError('a frame of type %d on a stream' % kind)
