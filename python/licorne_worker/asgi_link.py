"""A link to a gateway as an asyncio protocol: frames in, frames out, what is written in one turn of the loop in one go."""

import asyncio
import json

from . import frames
from .asgi_call import EAGER
from .asgi_http import HttpCall
from .asgi_websocket import WebSocketCall
from .frame_buffer import FrameBuffer
from .request_reader import RequestReader

# Parts up to this size are joined before they are written, in bytes; larger ones are written from where they are.
_JOIN_BYTES_MAX = 4096
# Streams wait when more than this is left to be written, in bytes.
_WRITE_BUFFER_BYTES_MAX = 1048576
# How long a response's head waits for the first bytes of its body.
_HEAD_SECONDS = 0.005
_TIMEOUT = bytes((frames.TIMEOUT,))
_OF_A_REQUEST = ('asgi', 'path', 'raw_path', 'query_string', 'state', 'extensions', 'licorne.request_id')
_CALLS = {'http': HttpCall, 'websocket': WebSocketCall}


class AsgiLink(asyncio.BufferedProtocol):
    """One gateway's connection. Everything runs in the event loop."""

    def __init__(self, server, hello):
        self.loop = server.loop
        self.streams = {}
        # Whether the gateway is slow to take what we write.
        self.paused = False
        self._server = server
        self._hello = hello
        self._received = FrameBuffer()
        self._requests = RequestReader(_prepare_block)
        self._greeted = False
        self._transport = None
        self._open = False
        # Parts to be written, whether a large one is among them, and whether their writing has been scheduled.
        self._out = []
        self._large = False
        self._scheduled = False
        # Whether tasks may have been woken by what was read.
        self._woken = False
        # Streams whose head was given in this turn, and those whose head waits for a moment.
        self._given = []
        self._held = []

    def connection_made(self, transport):
        """asyncio: the gateway has connected."""
        self._transport = transport
        self._open = True
        transport.set_write_buffer_limits(high=_WRITE_BUFFER_BYTES_MAX)
        self._server.links.add(self)
        transport.write(frames.pack_frame(frames.HELLO, 0, 0, json.dumps(self._hello).encode()))

    def connection_lost(self, exc):
        """asyncio: nothing comes or goes on this link any more."""
        self._open = False
        self._server.links.discard(self)
        for stream in list(self.streams.values()):
            stream.lose()
        self._server.link_ended()

    def pause_writing(self):
        """asyncio: too much is waiting to be written."""
        self.paused = True

    def resume_writing(self):
        """asyncio: go on."""
        self.paused = False
        for stream in list(self.streams.values()):
            stream.resume()

    def get_buffer(self, _sizehint):
        """asyncio: where to receive."""
        return self._received.room()

    def buffer_updated(self, count):
        """asyncio: acts on all complete frames, then starts the new calls, then writes what they have sent."""
        self._scheduled = True
        try:
            started = self._read(count)
        except frames.ProtocolError as error:
            self._server.log.write('error', 'A gateway broke the protocol, its link is closed: %s' % error)
            self._open = False
            self._transport.abort()
            return
        for call in started:
            if call.gone:
                # Nobody waits for the answer any more, so the application is not asked.
                call.reset(frames.CLIENT_GONE)
            else:
                self._server.start(call)
        self._flush()
        if self._woken or started and not EAGER:
            # These tasks run before anything that is scheduled now: what they send leaves in the same turn of the loop.
            self._woken = False
            self._scheduled = True
            self.loop.call_soon(self._flush)

    def write(self, frame, rest=b''):
        """Sends a frame, whole or in two parts, before the loop waits again."""
        if not self._scheduled:
            self._scheduled = True
            self.loop.call_soon(self._flush)
        self._out.append(frame)
        if rest:
            self._out.append(rest)
            if len(rest) > _JOIN_BYTES_MAX:
                self._large = True

    def hold(self, stream):
        """Calls the stream's `release_head` in a moment, if the body has not come by then."""
        if not self._scheduled:
            self._scheduled = True
            self.loop.call_soon(self._flush)
        self._given.append(stream)

    def close(self):
        """Ends the link once all has been written."""
        self._flush()
        self._transport.close()

    def abort(self):
        """Ends the link at once."""
        self._transport.abort()

    def fileno(self):
        """The socket's file descriptor, -1 when it is closed."""
        sock = self._transport.get_extra_info('socket')
        return -1 if sock is None else sock.fileno()

    def _read(self, count):
        started = []
        for kind, flags, number, payload in self._received.received(count):
            if not self._greeted:
                self._requests.read_hello(kind, payload)
                self._greeted = True
            elif kind == frames.REQUEST:
                request, block = self._requests.open(number, flags, payload)
                call = _CALLS[block['type']](self._server, self, number, request, block, flags)
                self.streams[number] = call
                started.append(call)
            else:
                self._woken = True
                stream = self.streams.get(number)
                if stream is None:
                    self._requests.check_old(number)
                elif kind == frames.CREDIT:
                    stream.take_credit(frames.unpack_u32(payload))
                elif kind == frames.RESET:
                    if payload[:1] == _TIMEOUT:
                        stream.time_out()
                    else:
                        stream.lose()
                elif kind == frames.FILE:
                    stream.take_file(frames.file_refused(payload))
                elif not stream.gone:
                    stream.take(kind, flags, payload)
        return started

    def _flush(self):
        self._scheduled = False
        if self._given:
            self._hold_heads()
        out = self._out
        if not out:
            return
        large = self._large
        self._out = []
        self._large = False
        if not self._open or self._server.forked:
            return
        if large:
            self._write_large(out)
        else:
            self._transport.write(out[0] if len(out) == 1 else b''.join(out))

    def _write_large(self, out):
        pieces = []
        run = []
        for part in out:
            if len(part) <= _JOIN_BYTES_MAX:
                run.append(part)
                continue
            if run:
                pieces.append(b''.join(run))
                run = []
            pieces.append(part)
        if run:
            pieces.append(b''.join(run))
        self._transport.writelines(pieces)

    def _hold_heads(self):
        # Most have been sent with their body in the same turn.
        held = [stream for stream in self._given if stream.head is not None]
        self._given.clear()
        if held:
            if not self._held:
                self.loop.call_later(_HEAD_SECONDS, self._release_heads)
            self._held += held

    def _release_heads(self):
        held, self._held = self._held, []
        for stream in held:
            stream.release_head()


def _prepare_block(block):
    if block.get('type') not in _CALLS or type(block.get('headers')) is not list:
        raise frames.ProtocolError('a header block that is not the part of a scope')
    # With places for what differs from request to request, so that a copy never grows.
    return {**block, **dict.fromkeys(_OF_A_REQUEST)}
