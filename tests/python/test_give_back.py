"""What threads do in the moment in which requests are given back to the gateway."""

import os
import shutil
import socket
import tempfile
import threading
import unittest
from collections import deque
from unittest import mock

from harness import BLOCK, frames, marshal, struct

from licorne_worker.server import Server

SECONDS = 20


class Interface:
    """Runs requests that last until they are let go."""

    def __init__(self):
        self.begun = threading.Semaphore(0)
        self.go = threading.Semaphore(0)

    def prepare_block(self, block):
        return block

    def run(self, stream):
        self.begun.release()
        self.go.acquire(timeout=SECONDS)
        stream.answer(b'200 OK', b'')


class Poll:
    """A poll during which something else happens, once."""

    def __init__(self, poll):
        self._poll = poll
        self.meanwhile = None

    def __getattr__(self, name):
        return getattr(self._poll, name)

    def poll(self, timeout):
        events = self._poll.poll(timeout)
        meanwhile, self.meanwhile = (self.meanwhile, None) if timeout == 0 else (None, self.meanwhile)
        if meanwhile:
            meanwhile()
        return events


class Interrupted(deque):
    """A queue from which another thread takes its first when one has been taken out."""

    taken = None

    def _interrupt(self, stream):
        if self.taken is None:
            self.taken = deque.popleft(self)
        return stream

    def pop(self):
        return self._interrupt(deque.pop(self))

    def popleft(self):
        return self._interrupt(deque.popleft(self))


class GiveBackTest(unittest.TestCase):
    """A server in this process, whose give_back is called at the worst of times."""

    def setUp(self):
        folder = tempfile.mkdtemp(prefix='licorne-test-')
        self.addCleanup(shutil.rmtree, folder)
        path = os.path.join(folder, 'socket')
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen()
        self.interface = Interface()
        self.server = Server(listener, self.interface, 1, {}, mock.Mock())
        self.gateway = socket.socket(socket.AF_UNIX)
        self.gateway.settimeout(SECONDS)
        self.gateway.connect(path)
        self.addCleanup(self.gateway.close)
        self.gateway.sendall(frames.pack_frame(frames.HELLO, 0, 0, b'{"protocol":2}'))

    def request(self, number):
        """Asks for something."""
        values = marshal.dumps(('GET', '/', '', '/', 'id', None, None, BLOCK), 2)
        self.gateway.sendall(frames.pack_frame(frames.REQUEST, frames.END | frames.BLOCK, number, struct.pack('<H', 0) + values))

    def test_a_thread_that_comes_back_while_requests_are_given_back_reads_on(self):
        server, interface = self.server, self.interface
        server._poll = poll = Poll(server._poll)
        thread = threading.Thread(target=server.serve, daemon=True)
        thread.start()
        self.request(1)
        self.assertTrue(interface.begun.acquire(timeout=SECONDS))

        def comes_back():
            interface.go.release()
            until = threading.Event()
            for _look in range(SECONDS * 100):
                if server._idle_count:
                    return
                until.wait(0.01)

        poll.meanwhile = comes_back
        server.give_back()
        self.request(2)
        self.assertTrue(interface.begun.acquire(timeout=3), 'nobody reads')
        interface.go.release()
        server.stop()
        thread.join(SECONDS)
        self.assertFalse(thread.is_alive())

    def test_nothing_is_begun_that_came_after_what_is_given_back(self):
        """Or the gateway would take it for one that was not begun, if this worker dies."""
        streams = [mock.Mock(streamed=number == 2, number=number) for number in range(5)]
        self.server._ready = queue = Interrupted(streams)
        given = [stream.number for stream in self.server._withdraw()]
        self.assertEqual((given, queue.taken.number, [stream.number for stream in queue]), ([1, 3, 4], 0, [2]))


if __name__ == '__main__':
    unittest.main()
