"""The threads of a worker that serve its links: leader and followers.

All threads are equal, the main thread is one of them. One at a time leads: it waits for the sockets and reads. When requests
have come it takes the first and wakes a follower, which leads next; so a request is run by the thread that read it, without
a hand-over. A thread that waits for something of its own stream (body or credit) leads meanwhile if nobody does.
The mutex guards everything here and is never held while waiting or while the application runs.
"""

import os
import select
import socket
import threading
from collections import deque
from time import monotonic

from . import frames
from .errors import ClientDisconnected
from .link import Link
from .log import escape
from .pace import Pace
from .request_stacks import thread_stack

_READ_BYTES = 262144
# Requests that may be sent a second time when nobody knows whether they were run (RFC 9110, 9.2.1).
_SAFE = frozenset(('GET', 'HEAD', 'OPTIONS'))
# While requests wait that were sent ahead, news of them is read this often, in seconds.
_LOOK_SECONDS = 0.001


class Server:
    """Serves the links of `listener` with `interface`, an object with `prepare_block(dict)` and `run(stream)`."""

    def __init__(self, listener, interface, threads, hello, log):
        self._listener = listener
        self._interface = interface
        self._threads = threads
        self._hello = hello
        self._log = log
        self._mutex = threading.Lock()
        self._idle = threading.Condition(self._mutex)
        self._idle_count = 0
        self._stalled = {}
        # What each thread runs, by its ident; None: nothing.
        self._running = {}
        self._leading = False
        self._stopping = False
        self._forked = False
        # How many requests are left until somebody is told, and who; None: nobody.
        self._left = None
        self._on_limit = None
        self._ready = deque()
        # Links with answers that wait to be sent together, and how many requests were begun.
        self._unsent = {}
        self._begun = 0
        self._looked = 0.0
        self._pace = Pace(self)
        self._links = {}
        self._buffer = memoryview(bytearray(_READ_BYTES))
        self._wake_read, self._wake_write = socket.socketpair()
        self._wake_write.setblocking(False)
        self._poll = select.poll()
        self._poll.register(self._wake_read, select.POLLIN)
        self._poll.register(listener, select.POLLIN)
        listener.setblocking(False)

    def prepare(self):
        """A WSGI application has nothing more to start."""

    def get(self, path, host, script_name):
        """The application's Answer to a request of our own."""
        return self._interface.get(path, host, script_name)

    def limit(self, requests, on_limit):
        """Has `on_limit` called once, after so many requests; 0: never."""
        if requests:
            self._left = iter(range(requests - 1, -1, -1))
            self._on_limit = on_limit

    def serve(self):
        """Runs until `stop` was called and all requests have been answered."""
        others = []
        for number in range(1, self._threads):
            thread = threading.Thread(target=self._work, name='licorne-%d' % number, daemon=True)
            thread.start()
            others.append(thread)
        self._work()
        for thread in others:
            thread.join()
        with self._mutex:
            for link in list(self._links.values()):
                self._drop(link)
        self._listener.close()

    def stop(self, within=None):
        """Ends `serve` once what was asked of this worker is answered; to be called by another thread."""
        with self._mutex:
            self._stopping = True
            self._idle.notify_all()
        self._wake()

    def dump(self):
        """The threads are all there is to tell."""

    def write_stack(self, request_id, reason='request_timeout'):
        """Writes to the log where in Python a request is, if it still runs; to be called by another thread."""
        for ident, stream in list(self._running.items()):
            if stream is None or stream.request[4] != request_id:
                continue
            trace = thread_stack(ident, lambda: self._running.get(ident) is stream)
            if trace:
                line = escape('%s %s' % (stream.request[0], stream.request[3]))
                self._log.write('error', 'This is where %s is (%s), the innermost call last:' % (line, reason), request_id, trace)
            return

    def after_fork(self):
        """In a child process that the application forked: the sockets belong to the parent."""
        self._forked = True
        self._listener.close()
        for link in self._links.values():
            link.abandon()

    def send_soon(self, link, data, more=b''):
        """Sends the end of an answer, together with the next one if another request is there to be run at once. False when the link is
        broken."""
        if not self._ready or not self._pace.awake:
            return link.send(data, more)
        sent = link.put(data, more)
        # Only now: another thread that had seen it before would have found nothing to send.
        self._unsent[link] = None
        return sent

    def flush(self):
        """Sends the answers that wait."""
        while self._unsent:
            try:
                link, _ = self._unsent.popitem()
            except KeyError:
                return
            link.flush()

    def _send_everything(self):
        """As `flush`, but what another thread is about to name there counts, too."""
        for link in list(self._links.values()):
            if link.has_unsent:
                link.flush()

    def expect_more(self):
        """More requests may come than there are threads; called under the mutex, by the thread that leads."""
        self._pace.watch()

    @property
    def begun(self):
        """How many requests were begun so far."""
        return self._begun

    def give_back(self):
        """Requests that were sent ahead and have to wait for a slow one go back to the gateway, which may know a better place."""
        with self._mutex:
            if not self._leading:
                self._lead(0)
            waiting = self._withdraw()
            # Who wanted to read meanwhile sleeps.
            self._pass_lead()
        self.flush()
        for stream in waiting:
            stream.reset(frames.REFUSED)

    def _withdraw(self):
        """Takes what can be given back out of the queue, the oldest first. Threads may take theirs meanwhile, from the other end: what comes
        out here is nobody's, and nothing is begun that came after it."""
        waiting, streamed = [], []
        while self._ready:
            try:
                stream = self._ready.pop()
            except IndexError:
                break
            (streamed if stream.streamed else waiting).append(stream)
        self._ready.extend(reversed(streamed))
        waiting.reverse()
        return waiting

    def wait(self, stream, satisfied):
        """Waits until `satisfied()` is true of a stream, reading frames meanwhile if no other thread does."""
        if self._forked:
            raise ClientDisconnected('this process was forked, the connection belongs to its parent')
        with self._mutex:
            while not satisfied():
                if not self._leading:
                    self._lead(None)
                    continue
                if stream.changed is None:
                    stream.changed = threading.Condition(self._mutex)
                self._stalled[stream] = None
                stream.changed.wait()
                self._stalled.pop(stream, None)
            self._pass_lead()

    def look(self):
        """Reads what has come, without waiting, if no other thread is there to read."""
        if self._leading or self._forked:
            return
        with self._mutex:
            if not self._leading:
                self._lead(0)
                self._pass_lead()

    def _work(self):
        ident = threading.get_ident()
        ready, running = self._ready, self._running
        while True:
            stream = self._take() or self._next()
            if stream is None:
                return
            if stream.gone:
                # Nobody waits for the answer any more, so the application is not asked.
                stream.reset(frames.CLIENT_GONE)
                continue
            # Of a request that changes something it has to be known whether it was begun: no answer of one before it is left here.
            if stream.request[0] not in _SAFE:
                self._send_everything()
            running[ident] = stream
            self._interface.run(stream)
            running[ident] = None
            if self._unsent and not ready:
                self.flush()
            if self._forked:
                os._exit(0)
            # One step of an iterator: threads need no lock for it.
            if self._left is not None and next(self._left, -1) == 0:
                self._on_limit()

    def _take(self):
        """The next stream to run, if one waits and no other thread has to hear of it; else None. Without the mutex: what is popped from a deque is
        popped once, and whoever becomes idle meanwhile looks at it first."""
        if not self._ready or self._idle_count or self._stalled or monotonic() - self._looked > _LOOK_SECONDS:
            return None
        try:
            stream = self._ready.popleft()
        except IndexError:
            return None
        self._begun += 1
        return stream

    def _next(self):
        """The next stream to run; None when this thread is to end."""
        with self._mutex:
            if self._ready and not self._leading and monotonic() - self._looked > _LOOK_SECONDS:
                # The news may be that a queued request's client has gone.
                self._lead(0)
            while True:
                if self._ready:
                    self._begun += 1
                    stream = self._ready.popleft()
                    self._pass_lead()
                    return stream
                if self._unsent:
                    # Another thread has taken the request that the answers were waiting for.
                    self._mutex.release()
                    try:
                        self.flush()
                    finally:
                        self._mutex.acquire()
                    continue
                if self._leading:
                    if self._stopping:
                        return None
                    self._idle_count += 1
                    self._idle.wait()
                    self._idle_count -= 1
                elif not self._stopping:
                    self._lead(None)
                elif not self._lead(0):
                    self._pass_lead()
                    return None

    def _lead(self, timeout):
        """Waits for the sockets once and reads them; False if nothing came. Called and left with the mutex held."""
        self._leading = True
        self._mutex.release()
        try:
            events = self._poll.poll(timeout)
        finally:
            self._mutex.acquire()
            self._leading = False
        came = False
        for fd, _event in events:
            link = self._links.get(fd)
            if link is not None:
                self._read(link)
                came = True
            elif fd == self._wake_read.fileno():
                self._wake_read.recv(4096)
            else:
                self._accept()
        return came

    def _read(self, link):
        try:
            started = link.read_into(self._buffer)
        except frames.ProtocolError as error:
            self._log.write('error', 'A gateway broke the protocol, its link is closed: %s' % error)
            started = None
        if started is None:
            self._drop(link)
        elif started:
            self._ready.extend(started)
            self._looked = monotonic()
            if self._idle_count:
                self._idle.notify(len(started))

    def _pass_lead(self):
        """Called by a thread that goes off to run the application: somebody else has to read now, if anybody can."""
        if self._leading:
            return
        if self._idle_count:
            self._idle.notify()
        elif self._stalled:
            next(iter(self._stalled)).changed.notify()

    def _accept(self):
        try:
            connection, _address = self._listener.accept()
        except OSError:
            return
        connection.setblocking(True)
        link = Link(self, connection, self._interface.prepare_block)
        self._links[link.fd] = link
        self._poll.register(link.fd, select.POLLIN)
        link.greet(self._hello)

    def _drop(self, link):
        self._poll.unregister(link.fd)
        del self._links[link.fd]
        link.close()

    def _wake(self):
        try:
            self._wake_write.send(b'\0')
        except OSError:
            pass
