"""Frames found in the memory they were received into (docs/internals/wire.md, "Frames")."""

from .frames import FRAME_HEADER_BYTES, cut_frames

# As much as an event loop reads at once, in bytes.
_SIZE = 262144


class FrameBuffer:
    """The memory of a link: `room` is where to receive, `received` tells what is whole. Nothing is copied but a frame's beginning, to the front."""

    __slots__ = ('_size', '_view', '_filled', '_at', '_need')

    def __init__(self, size=_SIZE):
        self._size = size
        self._view = memoryview(bytearray(size))
        self._filled = 0
        # Where the first frame begins that is not whole, and how many bytes it needs as far as is known.
        self._at = 0
        self._need = FRAME_HEADER_BYTES

    def room(self):
        """Memory for the next bytes, never empty. Payloads that were given out are gone with this."""
        view = self._view
        rest = self._filled - self._at
        # A frame that is longer than usual gets memory of its own length, until it is over.
        size = max(self._size, self._need)
        if size != len(view):
            self._view = memoryview(bytearray(size))
            self._view[:rest] = view[self._at : self._filled]
        elif self._at and rest:
            view[:rest] = view[self._at : self._filled]
        self._at = 0
        self._filled = rest
        return self._view[rest:]

    def received(self, count):
        """Frames that are complete with `count` more bytes: a list of (type, flags, stream, payload).

        A payload is a memoryview, good until `room` is asked for. Raises ProtocolError on a frame of an unknown type or over
        FRAME_BYTES_MAX; the buffer must not be used after that.
        """
        self._filled = filled = self._filled + count
        if filled < self._need:
            return []
        frames, self._at, self._need = cut_frames(self._view, filled)
        return frames
