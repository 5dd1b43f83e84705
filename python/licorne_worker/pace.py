"""Keeps an eye on requests that were sent ahead: one that takes long must not hold up those behind it, nor the answers before it."""

import threading
from time import sleep

# A request that takes longer than this (seconds) is slow for those that wait behind it.
_TICK_SECONDS = 0.002
# When for so many ticks nobody has said that more may come, the thread goes to sleep.
_QUIET_TICKS = 100


class Pace:
    """One thread, begun when it is needed for the first time; it wakes up only while requests are sent ahead."""

    def __init__(self, server):
        self._server = server
        # Whether it would notice a request that takes long. Becomes false only after the event: a `watch` in between has something to wake.
        self.awake = False
        self._wanted = threading.Event()
        self._quiet = 0
        self._thread = None

    def watch(self):
        """Requests may come to wait behind one another; called under the server's mutex."""
        self._quiet = 0
        if self.awake:
            return
        self.awake = True
        self._wanted.set()
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name='licorne-pace', daemon=True)
            self._thread.start()

    def _run(self):
        server = self._server
        while True:
            self._wanted.wait()
            begun = server.begun
            sleep(_TICK_SECONDS)
            if server.begun == begun:
                server.give_back()
            self._quiet += 1
            if self._quiet > _QUIET_TICKS:
                self._wanted.clear()
                self.awake = False
                # What came in this very moment has counted on being watched.
                server.give_back()
