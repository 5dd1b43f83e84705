"""What a link must remember to open its streams: the greeting, the last stream's number and the header blocks."""

import json
import marshal

from . import frames
from .frames import ProtocolError

_loads = marshal.loads


class RequestReader:
    """Reads the frames that open a link (HELLO) and a stream (REQUEST); the same for every interface."""

    __slots__ = ('_prepare_block', '_slots', '_last')

    def __init__(self, prepare_block):
        self._prepare_block = prepare_block
        self._slots = [None] * frames.BLOCK_SLOTS
        self._last = 0

    def read_hello(self, kind, payload):
        """Checks the first frame of a link. Raises ProtocolError."""
        try:
            hello = json.loads(bytes(payload)) if kind == frames.HELLO else {}
            known = hello.get('protocol') == frames.PROTOCOL_VERSION
        except (ValueError, AttributeError):
            known = False
        if not known:
            raise ProtocolError('the first frame is not a HELLO of protocol %d' % frames.PROTOCOL_VERSION)

    def open(self, number, flags, payload):
        """A REQUEST's tuple and its prepared header block, which all requests of a slot share. Raises ProtocolError."""
        # Stream numbers rise modulo 2^32 (serial number arithmetic, RFC 1982); 0 is the link itself.
        if number != self._last + 1 and (number == 0 or not 0 < (number - self._last & 0xFFFFFFFF) < 0x80000000):
            raise ProtocolError('stream %d after stream %d' % (number, self._last))
        self._last = number
        try:
            slot = payload[0] | payload[1] << 8
            request = _loads(payload[2:])
        except IndexError:
            raise ProtocolError('a REQUEST without a header-block slot') from None
        except (ValueError, EOFError, TypeError, MemoryError) as error:
            raise ProtocolError('a REQUEST that marshal cannot read: %s' % error) from None
        if flags & frames.BLOCK:
            request = self._take_block(slot, request)
        if type(request) is not tuple or len(request) != 7:
            raise ProtocolError('a REQUEST that is not a tuple of its length')
        if slot >= frames.BLOCK_SLOTS:
            raise ProtocolError('a REQUEST without a header-block slot')
        block = self._slots[slot]
        if block is None:
            raise ProtocolError('a REQUEST that names the empty header-block slot %d' % slot)
        if request[5] is not None and not flags & frames.END:
            raise ProtocolError('a REQUEST with its body but without END')
        return request, block

    def _take_block(self, slot, request):
        """Keeps the header block that comes at the end of a request; the request without it."""
        if type(request) is not tuple or len(request) != 8:
            raise ProtocolError('a REQUEST that is not a tuple of its length')
        if slot >= frames.BLOCK_SLOTS:
            raise ProtocolError('a REQUEST without a header-block slot')
        if type(request[7]) is not dict:
            raise ProtocolError('a header block that is not a dict')
        self._slots[slot] = self._prepare_block(request[7])
        return request[:7]

    def check_old(self, number):
        """A frame for a stream that is not open must be for one that was. Raises ProtocolError."""
        if number == 0 or (self._last - number & 0xFFFFFFFF) >= 0x80000000:
            raise ProtocolError('a frame for stream %d, which was never opened' % number)
