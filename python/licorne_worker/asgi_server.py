"""The event loop of a worker that serves an ASGI application.

Every request is a task. It begins in a context (contextvars) of its own, a copy of the one in which the loop was made: requests
see neither each other's variables nor those of the lifespan. From Python 3.12 on a task starts at once, within the read that
brought its request, so that an answer given without waiting never goes through the loop.
"""

import asyncio
import contextvars
import os

from . import asgi_loop
from .asgi_call import EAGER
from .asgi_lifespan import Lifespan
from .asgi_link import AsgiLink
from .asgi_warmup import get_asgi
from .request_stacks import task_and_threads
from .task_stacks import write_tasks

# How many requests the gateway may have running here: as many as it likes.
WINDOW = 65535
_WS_MAX_SIZE = 16777216
_GRACEFUL_SECONDS = 30
# How long cancelled tasks may take to end, and links to send the last bytes, in seconds.
_CANCEL_SECONDS_MAX = 2
_CLOSE_SECONDS_MAX = 2
# Turns of the loop in which whatever has already been sent to us is read.
_LAST_READS = 4


class AsgiServer:
    """Serves the links of `listener` with an ASGI 3 application; `settings` is the start message."""

    def __init__(self, listener, app, settings, hello, log):
        self.app = app
        self.log = log
        self.loop = None
        self.links = set()
        self.calls = set()
        self.state = {}
        self.ws_max_size = int(settings.get('ws_max_size') or _WS_MAX_SIZE)
        # Set when tasks are cancelled because the time to stop is over, and in a process that the application forked.
        self.cancelling = False
        self.forked = False
        self._listener = listener
        self._loop_name = settings.get('loop', 'auto')
        graceful = settings.get('graceful_timeout')
        self._graceful_seconds = _GRACEFUL_SECONDS if graceful is None else graceful
        self._hello = dict(hello, threads=WINDOW)
        self._lifespan = Lifespan(app, settings.get('lifespan', 'auto'), log)
        self._context = contextvars.copy_context()
        self._stop = None
        self._link_ended = None
        self._left = 0
        self._on_limit = None

    def prepare(self):
        """Makes the loop and starts the application. Raises LoadError."""
        self.loop = asgi_loop.make(self._loop_name, self.log)
        self.loop.set_exception_handler(self._on_loop_error)
        self.loop.run_until_complete(self._start())

    def get(self, path, host, script_name):
        """The application's Answer to a request of our own."""
        return self.loop.run_until_complete(get_asgi(self.app, self.state, path, host, script_name))

    def limit(self, requests, on_limit):
        """Has `on_limit` called once, after so many requests and WebSockets; 0: never."""
        self._left = requests
        self._on_limit = on_limit

    def serve(self):
        """Runs until `stop` was called and all requests have been answered."""
        try:
            self.loop.run_until_complete(self._serve())
        finally:
            asgi_loop.close(self.loop)

    def stop(self, within=None):
        """Ends `serve` once what was asked of this worker is answered; tasks are cancelled after `within` seconds. To be called by another thread."""
        try:
            self.loop.call_soon_threadsafe(self._begin_to_stop, within)
        except RuntimeError:
            # The loop is closed: it has stopped.
            pass

    def _begin_to_stop(self, within):
        if within is not None:
            self._graceful_seconds = within
        self._stop.set()

    def dump(self):
        """Writes the stack of every task to the log; to be called by another thread."""
        calls = self.calls.copy()
        # A task that is in its first step, on Python 3.12 and later, is not known to us yet: the main thread's stack is its own.
        beginning = [call.request[4] for call in calls if call.task is None]
        write_tasks(self.loop, {call.task: call.request[4] for call in calls}, beginning)

    def write_stack(self, request_id, reason='request_timeout'):
        """Writes to the log where a request is that was cancelled and did not end; to be called by another thread."""
        for call in self.calls.copy():
            if call.request[4] == request_id:
                if reason == 'request_timeout':
                    message = 'This is where %s is, which was cancelled (request_timeout) and has not ended:' % call.line()
                else:
                    message = 'This is where %s is (%s):' % (call.line(), reason)
                self.log.write('error', message, request_id, task_and_threads(call.task))
                return

    def after_fork(self):
        """In a child process that the application forked: the sockets belong to the parent."""
        self.forked = True
        null = os.open(os.devnull, os.O_RDWR)
        # The objects that own these descriptors live on, so that the numbers must not be used for anything else.
        for fd in [self._listener.fileno(), *(link.fileno() for link in self.links)]:
            if fd >= 0:
                os.dup2(null, fd)
        os.close(null)

    def start(self, call):
        """Begins the call of the application for a request."""
        self.calls.add(call)
        if self._left:
            self._left -= 1
            if not self._left:
                self._on_limit()
        context = self._context.copy()
        if EAGER:
            call.task = asyncio.Task(call.run(), loop=self.loop, context=context, eager_start=True)
        else:
            call.task = context.run(self.loop.create_task, call.run())

    def link_ended(self):
        """A link has lost its connection."""
        self._link_ended.set()

    async def _start(self):
        self._stop = asyncio.Event()
        self._link_ended = asyncio.Event()
        await self._lifespan.startup()
        self.state = self._lifespan.state

    async def _serve(self):
        listening = await self.loop.create_unix_server(lambda: AsgiLink(self, self._hello), sock=self._listener)
        await self._stop.wait()
        deadline = self.loop.time() + self._graceful_seconds
        await self._finish_calls(deadline)
        listening.close()
        await self._close_links()
        await self._lifespan.shutdown(max(self._graceful_seconds, 1))

    async def _finish_calls(self, deadline):
        """Waits for all calls, those included whose requests have been sent but not read yet; cancels them at the deadline."""
        for _turn in range(_LAST_READS):
            await asyncio.sleep(0)
        while self.calls:
            # Eager calls have no task to wait for before they wait themselves, so all in here have one.
            tasks = {call.task for call in self.calls}
            _done, late = await asyncio.wait(tasks, timeout=max(0, deadline - self.loop.time()))
            if late:
                await self._cancel(late)
                return
            for _turn in range(_LAST_READS):
                await asyncio.sleep(0)

    async def _cancel(self, tasks):
        self.cancelling = True
        for task in tasks:
            task.cancel()
        _done, stubborn = await asyncio.wait(tasks, timeout=_CANCEL_SECONDS_MAX)
        if stubborn:
            self.log.write('error', '%d tasks were cancelled and go on all the same; the worker leaves without them.' % len(stubborn))

    async def _close_links(self):
        for link in list(self.links):
            link.close()
        deadline = self.loop.time() + _CLOSE_SECONDS_MAX
        while self.links:
            self._link_ended.clear()
            try:
                await asyncio.wait_for(self._link_ended.wait(), max(0, deadline - self.loop.time()))
            except asyncio.TimeoutError:
                for link in list(self.links):
                    link.abort()
                return

    def _on_loop_error(self, _loop, context):
        error = context.get('exception')
        message = 'Error in the event loop: %s' % context.get('message', 'no message')
        if error is None:
            self.log.write('error', message)
        else:
            self.log.exception(message, error)
