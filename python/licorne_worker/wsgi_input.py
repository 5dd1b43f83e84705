"""`wsgi.input` of a request whose body is still arriving."""

import io


class BodyInput(io.RawIOBase):
    """The raw end of a body; `io.BufferedReader` around it makes read, readline(size), readlines and iteration.

    It ends where the body ends and raises ClientDisconnected when the client has gone.
    """

    def __init__(self, stream):
        self._stream = stream
        self._rest = memoryview(b'')

    def readable(self):
        """Always."""
        return True

    def readinto(self, buffer):
        """Fills as much of `buffer` as one piece of the body does; 0 at the end."""
        if not self._rest:
            self._rest = memoryview(self._stream.receive())
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count
