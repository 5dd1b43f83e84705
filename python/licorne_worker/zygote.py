"""The zygote of an application: imports it once, then forks every worker of one generation from there.

The master connects to the zygote's socket once for each worker that it wants. The zygote accepts, forks, and the connection is the
worker's control channel; its first line is the worker's own `start`. The zygote is the parent, so it is the zygote that hears how a
worker ended, and tells the master. It runs nothing else: no thread of ours is there when it forks.
"""

import faulthandler
import gc
import os
import platform
import select
import signal
import socket
import sys
import threading

from . import after_fork, before_fork
from .boot_stack import boot_stack
from .control import Control, cut
from .hooks import WorkerHooks
from .loader import LoadError
from .log import Log
from .process import fail, flush, leave_at_once, line_buffer, listen, name_process, reopen_log, title
from .project import enter_project, load_project, prepare_environment

# What a descriptor of ours is moved to that a forked worker gets as its control channel.
_CONTROL_FD = 3


class Zygote:
    """One zygote process. `start` is the message `preload`: that of a worker, but `socket` is the zygote's own."""

    def __init__(self, control, start):
        self._control = control
        self._start = start
        self._log = Log(start.get('log_level'), start.get('log_format'), start.get('log_color'))
        self._children = set()
        self._loop = None
        self._old_child_handler = None
        self._wake_read, self._wake_write = socket.socketpair()

    def run(self):
        """Comes back in forked workers only: with the control channel, the start message and (application, interface, hooks)."""
        inherited = before_fork.sockets_open()
        self._prepare_process()
        watch = _Watch(self._control.fd, self._hear)
        try:
            enter_project(self._start)
            hooks = WorkerHooks.load(self._start, self._log)
            loaded = (*load_project(self._start), hooks)
            listener = listen(self._start['socket'])
        except LoadError as error:
            fail(self._control, error)
        except OSError as error:
            title = 'The zygote cannot listen on %s: %s' % (self._start.get('socket'), error)
            fail(self._control, LoadError('boot', title))
        watch.end()
        before_fork.put_away(self._log)
        before_fork.warn(self._log, inherited | before_fork.identities(listener))
        self._loop = after_fork.loop_of_imports()
        gc.collect()
        # What the import has made is never looked at again by a collection, whose marks would copy the shared pages.
        gc.freeze()
        self._take_signals()
        self._control.send('preloaded', python=platform.python_version(), pid=os.getpid())
        return self._serve(listener, loaded)

    def _prepare_process(self):
        name_process('licorne: zygote', title(self._start))
        faulthandler.enable(file=2, all_threads=True)
        line_buffer()
        # The end of a zygote is the end of its control channel; who sends TERM to all of a service means the master.
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
            signal.signal(number, _ignore)
        signal.signal(signal.SIGQUIT, _quit)
        prepare_environment(self._start)

    def _take_signals(self):
        self._wake_write.setblocking(False)
        self._old_child_handler = signal.signal(signal.SIGCHLD, _ignore)
        signal.set_wakeup_fd(self._wake_write.fileno(), warn_on_full_buffer=False)

    def _serve(self, listener, loaded):
        poll = select.poll()
        for readable in (self._control.fd, listener.fileno(), self._wake_read.fileno()):
            poll.register(readable, select.POLLIN)
        while True:
            ready = [fd for fd, _event in poll.poll()]
            if self._control.fd in ready and not self._hear():
                leave_at_once()
            if self._wake_read.fileno() in ready:
                self._wake_read.recv(4096)
            self._reap()
            if listener.fileno() in ready:
                start = self._fork(listener)
                if start is not None:
                    return (*start, loaded)

    def _hear(self):
        """Acts on what the master says; False when it has gone."""
        for message in self._control.receive():
            if message.get('type') == 'reopen':
                reopen_log(message.get('error_log'), self._log)
            elif message.get('type') == 'boot_stack':
                self._control.send('boot_stack', stack=cut(boot_stack()))
        return not self._control.ended

    def _fork(self, listener):
        """In the child its control channel and start message; in the zygote None."""
        connection, _address = listener.accept()
        flush()
        try:
            pid = os.fork()
        except OSError as error:
            # The master sees the end of the connection.
            self._log.write('error', 'No worker can be forked: %s' % error)
            connection.close()
            return None
        if pid != 0:
            self._children.add(pid)
            connection.close()
            return None
        return self._become_worker(listener, connection)

    def _become_worker(self, listener, connection):
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, self._old_child_handler or signal.SIG_DFL)
        for end in (listener, self._wake_read, self._wake_write):
            end.close()
        # The zygote's own channel goes with it.
        os.dup2(connection.fileno(), _CONTROL_FD)
        connection.close()
        control = Control(_CONTROL_FD)
        control.send('forked', pid=os.getpid())
        try:
            start = control.read_start()
        except ValueError as error:
            sys.stderr.write('licorne worker: %s\n' % error)
            leave_at_once()
        if start is None:
            leave_at_once()
        after_fork.renew(self._loop, self._log)
        return control, start

    def _reap(self):
        # Each by its id: children that the application has are its own affair.
        for pid in list(self._children):
            try:
                found, status = os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                # The application has taken it, with a waitpid() of its own.
                found, status = pid, 0
            if found:
                self._children.discard(pid)
                signalled = os.WIFSIGNALED(status)
                code = None if signalled else os.WEXITSTATUS(status)
                name = signal.Signals(os.WTERMSIG(status)).name if signalled else None
                self._control.send('child_exit', pid=pid, code=code, signal=name)


class _Watch:
    """While the application is imported, a thread does what the master says, and ends the process when it has gone. It is over before anything is forked."""

    def __init__(self, fd, hear):
        self._fd = fd
        self._hear = hear
        self._read, self._write = socket.socketpair()
        self._thread = threading.Thread(target=self._run, name='licorne-watch', daemon=True)
        self._thread.start()

    def end(self):
        """Comes back when the thread is gone."""
        self._write.close()
        self._thread.join()
        self._read.close()

    def _run(self):
        poll = select.poll()
        poll.register(self._fd, select.POLLIN)
        poll.register(self._read, select.POLLIN)
        while True:
            ready = [fd for fd, _event in poll.poll()]
            if self._fd in ready and not self._hear():
                leave_at_once()
            if self._read.fileno() in ready:
                return


def _quit(_number, _frame):
    leave_at_once()


def _ignore(_number, _frame):
    """Either the master acts on it, or the wake-up descriptor has woken us. Programs that the application starts get the ordinary signals."""
