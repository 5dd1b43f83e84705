"""The life of a worker: read `start`, load the application, say `ready`, serve, leave."""

import faulthandler
import json
import os
import platform
import signal
import socket
import sys
import time

from . import frames
from .boot_stack import boot_stack
from .control import Control, cut
from .dev import Development
from .hooks import WorkerHooks
from .interfaces import make_server
from .loader import LoadError
from .log import Log
from .loop_lag import LoopLag
from .identity import become_user
from .process import EXIT_CODES, fail, leave_at_once, line_buffer, listen, name_process, reopen_log, title
from .project import enter_project, load_project, prepare_environment
from .warmup import warm_up

_CONTROL_FD = 3
# How long after SIGTERM a silent master is waited for, in seconds.
_MASTER_SILENCE_MAX = 30
# What is told of static files has to fit a control message.
_STATIC_CHARS_MAX = 500000


def main():
    """Entry point, called by the one line that the master gives to `python -c`."""
    # The bridge's own folder: whatever of it is needed has been imported.
    del sys.path[0]
    control = Control(_CONTROL_FD)
    try:
        start = control.read_start(('start', 'preload'))
    except ValueError as error:
        sys.stderr.write('licorne worker: %s\n' % error)
        os._exit(EXIT_CODES['boot'])
    if start is None:
        os._exit(0)
    try:
        become_user(start)
    except LoadError as error:
        fail(control, error)
    loaded = None
    if start['type'] == 'preload':
        from .zygote import Zygote

        # Comes back in the workers that it forks.
        control, start, loaded = Zygote(control, start).run()
    Worker(control, start, loaded).run()


class Worker:
    """One worker process. `loaded` is (application, interface, hooks) when a zygote has imported it."""

    def __init__(self, control, start, loaded=None):
        self._control = control
        self._start = start
        self._loaded = loaded
        self._hooks = WorkerHooks()
        self._log = Log(start.get('log_level'), start.get('log_format'), start.get('log_color'))
        self._development = Development(start.get('dev'), control, self._log)
        # Before and after it serves.
        self._prepared = None
        self._server = None
        self._stop_asked = False
        self._give_up_at = None
        self._lag = None
        self._heard = False
        self._wake_read, self._wake_write = socket.socketpair()

    def run(self):
        """Does not come back before the worker is to end."""
        self._prepare_process()
        try:
            self._development.begin()
            app, name = self._load()
            self._development.loaded()
            listener = listen(self._start['socket'])
            server = make_server(name, listener, app, self._start, self._hello(name), self._log, self._hooks)
            self._prepared = server
            server.prepare()
            warm_up(server, self._start, self._log)
            server.limit(self._start.get('max_requests') or 0, self._ask_to_leave)
        except LoadError as error:
            self._development.failed(error)
            self._fail(error)
        except OSError as error:
            title = 'The worker cannot listen on %s: %s' % (self._start.get('socket'), error)
            self._fail(LoadError('boot', title))
        self._serve(server, name, app)
        sys.exit(0)

    def _prepare_process(self):
        name_process('licorne: worker', title(self._start))
        faulthandler.enable(file=2, all_threads=True)
        line_buffer()
        self._take_signals()
        os.register_at_fork(after_in_child=self._after_fork)
        self._control.listen(self._on_message, leave_at_once, self._wake_read.fileno(), self._on_signals, self._patience)
        prepare_environment(self._start)

    def _take_signals(self):
        # A terminal's Ctrl-C reaches the master too, and that decides.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        # So does the end of the terminal.
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        # The control thread acts on signals, even while the main thread is held up in the application.
        self._wake_write.setblocking(False)
        signal.set_wakeup_fd(self._wake_write.fileno(), warn_on_full_buffer=False)
        for number in (signal.SIGTERM, signal.SIGQUIT):
            signal.signal(number, self._pass_signal)

    def _load(self):
        if self._loaded is not None:
            app, name, self._hooks = self._loaded
            self._hooks.begin(self._start)
        else:
            enter_project(self._start)
            self._hooks = WorkerHooks.load(self._start, self._log)
            self._hooks.begin(self._start)
            app, name = load_project(self._start)
        app = self._hooks.loaded(app, name)
        if self._hooks.any:
            signal.signal(signal.SIGABRT, self._pass_signal)
        return app, name

    def _hello(self, name):
        return {
            'protocol': frames.PROTOCOL_VERSION,
            'interface': name,
            'threads': max(1, self._start.get('threads', 1)),
            'worker': self._start.get('worker', 0),
            'pid': os.getpid(),
        }

    def _serve(self, server, name, app):
        self._server = server
        if self._stop_asked:
            server.stop()
        static = self._static(app)
        self._development.ready()
        self._control.send('ready', interface=name, python=platform.python_version(), pid=os.getpid(), static=static)
        server.serve()
        self._hooks.ended()

    def _static(self, app):
        """What the application says about its static files; None if it says nothing that can be understood."""
        if not self._start.get('describe_static') or 'django' not in sys.modules:
            return None
        from . import django_hosts, django_static

        try:
            told = django_static.describe(bool((self._start.get('dev') or {}).get('insecure')))
            if told is not None:
                told['hosts'] = django_hosts.describe(app)
            if len(json.dumps(told)) <= _STATIC_CHARS_MAX:
                return told
            self._log.write('warning', 'The settings of the static files are too long, the application has to serve them itself.')
        except Exception as error:
            self._log.write('debug', 'Django did not say where its static files are: %s: %s' % (type(error).__name__, error))
        return None

    def _fail(self, error):
        self._hooks.ended()
        fail(self._control, error)

    def _on_message(self, message):
        kind = message.get('type')
        if kind == 'stop':
            self._stop(message.get('within'))
        elif kind == 'heard':
            # The master sends `stop` when a successor is there, however long that takes.
            self._give_up_at = None
            self._heard = True
        elif kind == 'dump':
            self._log.write('warning', 'Stacks of all threads, asked for by the master:')
            faulthandler.dump_traceback(file=2, all_threads=True)
            if self._server is not None:
                self._server.dump()
        elif kind == 'boot_stack':
            self._control.send('boot_stack', stack=cut(boot_stack(getattr(self._prepared, 'loop', None))))
        elif kind == 'report_lag':
            self._report_lag(bool(message.get('on')))
        elif kind == 'stack':
            if self._server is not None:
                self._server.write_stack(message.get('request_id'), message.get('reason'))
        elif kind == 'reopen':
            reopen_log(message.get('error_log'), self._log)
        elif kind == 'changed':
            self._development.changed(message.get('number'), message.get('files', ()))
        else:
            self._log.write('warning', 'The control message %r is not known to this worker.' % (kind,))

    def _report_lag(self, on):
        loop = getattr(self._server, 'loop', None)
        if not on and self._lag is not None:
            self._lag.end()
            self._lag = None
        elif on and self._lag is None and loop is not None:
            self._lag = LoopLag(loop, self._control.send)

    def _stop(self, within=None):
        self._stop_asked = True
        self._give_up_at = None
        if self._server is not None:
            self._server.stop(within)
        else:
            # The application is still being loaded, there is nothing to finish.
            leave_at_once()

    def _on_signals(self, numbers):
        if self._lag is not None:
            self._lag.look()
        if signal.SIGQUIT in numbers:
            self._hooks.interrupted()
            leave_at_once()
        if signal.SIGABRT in numbers:
            self._hooks.aborted()
            self._hooks.ended()
            leave_at_once(1)
        if signal.SIGTERM in numbers and self._give_up_at is None and not self._heard and not self._stop_asked:
            self._give_up_at = time.monotonic() + _MASTER_SILENCE_MAX
            self._control.send('leaving', reason='signal')
        if self._give_up_at is not None and time.monotonic() >= self._give_up_at:
            self._log.write('warning', 'The master has not answered for %d seconds, the worker stops by itself.' % _MASTER_SILENCE_MAX)
            self._stop()

    def _ask_to_leave(self):
        self._control.send('leaving', reason='max_requests')

    def _patience(self):
        times = [] if self._give_up_at is None else [self._give_up_at - time.monotonic()]
        if self._lag is not None:
            times.append(self._lag.seconds_left())
        return min(times, default=None)

    def _pass_signal(self, number, _frame):
        # Again, in case the application has put another wake-up descriptor in the place of ours.
        try:
            self._wake_write.send(bytes((number,)))
        except OSError:
            pass

    def _after_fork(self):
        """A child that the application forks is no worker: it has its own signals and none of our connections."""
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGQUIT):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self._control.close()
        if self._server is not None:
            self._server.after_fork()
