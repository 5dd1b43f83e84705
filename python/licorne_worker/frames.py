"""Frames of the wire between a gateway and a worker, without I/O (docs/internals/wire.md)."""

import struct

HELLO = 0
REQUEST = 1
BODY = 2
RESPONSE = 3
INFORM = 4
TRAILERS = 5
ACCEPT = 6
MESSAGE = 7
CLOSE = 8
RESET = 9
CREDIT = 10
FILE = 11
DONE = 12
TYPE_LAST = DONE

END = 1
BLOCK = 2
BUSY = 4
EXPECT = 8
TEXT = 16
MORE = 32
AHEAD = 64

APP_ERROR = 1
CLIENT_GONE = 2
PROTOCOL_ERROR = 3
SHUTTING_DOWN = 4
REFUSED = 5
TIMEOUT = 6

PROTOCOL_VERSION = 2
FRAME_HEADER_BYTES = 10
FRAME_BYTES_MAX = 1048576
STREAM_CREDIT = 262144
BLOCK_SLOTS = 1024
CLOSE_REASON_BYTES_MAX = 123

_header = struct.Struct('<IIBB')
# (length, stream, type, flags) of the frame header at an offset of a buffer.
unpack_header = _header.unpack_from
_response = struct.Struct('<IIBBI')
_close = struct.Struct('<IIBBH')
_file = struct.Struct('<QQQQqQ')
_u16 = struct.Struct('<H')
_u32 = struct.Struct('<I')
_U64_MAX = 2**64 - 1


class ProtocolError(Exception):
    """The peer broke the rules of the wire; its link is closed."""


def pack_frame(kind, flags, stream, payload=b''):
    """A whole frame as bytes."""
    return _header.pack(len(payload), stream, kind, flags) + payload


def pack_header(kind, flags, stream, payload_bytes):
    """The ten bytes before a payload that is sent separately."""
    return _header.pack(payload_bytes, stream, kind, flags)


def pack_head(kind, flags, stream, head, body_bytes=0):
    """A RESPONSE, INFORM or ACCEPT frame up to the end of its head text (bytes); `body_bytes` of body are to follow."""
    return _response.pack(4 + len(head) + body_bytes, stream, kind, flags, len(head)) + head


def pack_whole(stream, head, body_bytes):
    """The beginning of a RESPONSE that is all of the answer, up to its body."""
    return _response.pack(4 + len(head) + body_bytes, stream, RESPONSE, END, len(head)) + head


def pack_file(stream, head, path, offset, length, status):
    """A FILE frame: `length` bytes from `offset` of the file `path` (bytes) are the body; `status` is what fstat said of it."""
    identity = (status.st_dev & _U64_MAX, status.st_ino & _U64_MAX, status.st_mtime_ns, status.st_size)
    fields = _file.pack(offset, length, *identity)
    return _response.pack(4 + len(head) + len(fields) + len(path), stream, FILE, 0, len(head)) + head + fields + path


def pack_credit(stream, count):
    """A CREDIT frame: the peer may send `count` more body bytes on this stream."""
    return _response.pack(4, stream, CREDIT, 0, count)


def pack_close(stream, code, reason):
    """A CLOSE frame; `reason` is bytes."""
    return _close.pack(2 + len(reason), stream, CLOSE, 0, code) + reason


def unpack_close(payload):
    """Close code and reason (str) of a CLOSE frame."""
    if len(payload) < 2 or len(payload) > 2 + CLOSE_REASON_BYTES_MAX:
        raise ProtocolError('a CLOSE frame of %d bytes' % len(payload))
    return _u16.unpack_from(payload)[0], bytes(payload[2:]).decode('utf-8', 'replace')


def file_refused(payload):
    """Whether the gateway's FILE says that it cannot open the file."""
    if len(payload) != 1 or payload[0] > 1:
        raise ProtocolError('a FILE frame that is neither yes nor no')
    return payload[0] == 1


def unpack_u32(payload):
    """The number of a CREDIT frame."""
    if len(payload) != 4:
        raise ProtocolError('a CREDIT frame of %d bytes' % len(payload))
    return _u32.unpack(payload)[0]


def cut_frames(view, size):
    """The whole frames in the first `size` bytes of a memoryview, as a list of (type, flags, stream, payload); where the first one begins that
    is not whole; and how many bytes that one needs, as far as is known.

    Raises ProtocolError on a frame of an unknown type or over FRAME_BYTES_MAX.
    """
    frames = []
    unpack, room, at = unpack_header, size - FRAME_HEADER_BYTES, 0
    while at <= room:
        length, stream, kind, flags = unpack(view, at)
        if length > FRAME_BYTES_MAX:
            raise ProtocolError('a frame of %d bytes is over the limit of %d' % (length, FRAME_BYTES_MAX))
        if kind > TYPE_LAST:
            raise ProtocolError('a frame of unknown type %d' % kind)
        start = at + FRAME_HEADER_BYTES
        end = start + length
        if end > size:
            return frames, at, end - at
        frames.append((kind, flags, stream, view[start:end]))
        at = end
    return frames, at, FRAME_HEADER_BYTES


class FrameReader:
    """Cuts received bytes into frames; a frame spread over many chunks is joined once, when it is complete."""

    __slots__ = ('_parts', '_have', '_need')

    def __init__(self):
        self._parts = []
        self._have = 0
        self._need = FRAME_HEADER_BYTES

    def feed(self, data):
        """Frames completed by `data` (any bytes-like object), as a list of (type, flags, stream, payload).

        A payload is a memoryview, good until the memory of `data` is used again. Raises ProtocolError on a frame of an unknown type
        or over FRAME_BYTES_MAX; the reader must not be used after that.
        """
        if self._parts:
            self._parts.append(bytes(data))
            self._have += len(data)
            if self._have < self._need:
                return []
            data = b''.join(self._parts)
            self._parts = []
        view = memoryview(data)
        size = len(view)
        frames, at, self._need = cut_frames(view, size)
        if at < size:
            self._parts = [bytes(view[at:])]
            self._have = size - at
        return frames
