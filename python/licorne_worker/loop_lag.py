"""How far an event loop is behind: what a request that comes now waits before it begins."""

import time

# How often the loop is asked to be on time, and how often it is told whether it was.
PERIOD_SECONDS = 0.25
# What is less is no news, in milliseconds.
_LEAST_MS = 10
# Parts of a processor are told in steps of this.
_BUSY_STEP = 0.05


class LoopLag:
    """
    A timer in the loop, and another thread that looks how late it is; so a loop that is held up is seen while it is. `send(kind, **values)` is
    called with what has changed. Made, ended and looked at by that thread.
    """

    def __init__(self, loop, send):
        self._loop = loop
        self._send = send
        self._worst = 0.0
        self._sent = (0, 0.0)
        self._looked_at = time.monotonic()
        self._used = time.process_time()
        self._due = self._looked_at + PERIOD_SECONDS
        self._ended = False
        try:
            loop.call_soon_threadsafe(self._wind)
        except RuntimeError:
            # The loop is closed: it has stopped.
            pass

    def end(self):
        """Nobody wants to know any more."""
        self._ended = True

    def seconds_left(self):
        """Until `look` is wanted."""
        return max(0.0, self._looked_at + PERIOD_SECONDS - time.monotonic())

    def look(self):
        """To be called by the other thread, as often as it likes."""
        now = time.monotonic()
        elapsed = now - self._looked_at
        if elapsed < PERIOD_SECONDS:
            return
        late, self._worst = max(self._worst, now - self._due), 0.0
        used = time.process_time()
        share = (used - self._used) / elapsed
        self._looked_at, self._used = now, used
        ms = int(late * 1000)
        told = (ms if ms >= _LEAST_MS else 0, round(round(share / _BUSY_STEP) * _BUSY_STEP, 2))
        if told != self._sent:
            self._sent = told
            self._send('lag', ms=told[0], busy=told[1])

    def _wind(self):
        self._due = time.monotonic() + PERIOD_SECONDS
        self._loop.call_later(PERIOD_SECONDS, self._ring)

    def _ring(self):
        self._worst = max(self._worst, time.monotonic() - self._due)
        if not self._ended:
            self._wind()
