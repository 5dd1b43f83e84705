"""The process beside the master that runs the hooks of a gunicorn.conf.py which belong to the master: one after the other, as they are asked for."""

import os
import select
import signal
import sys
import traceback

from . import gunicorn_conf
from .control import Control, cut
from .hook_objects import HookConfig, HookLog, HookServer, HookWorker
from .log import Log, format_exception
from .loader import LoadError
from .process import fail, leave_at_once, line_buffer, name_process, reopen_log
from .project import enter_project, prepare_environment

_CONTROL_FD = 3
_OWN = ('on_starting', 'on_reload', 'when_ready', 'pre_fork', 'child_exit', 'nworkers_changed', 'pre_exec', 'on_exit')


def main():
    """Entry point, called by the one line that the master gives to `python -c`."""
    del sys.path[0]
    control = Control(_CONTROL_FD)
    try:
        start = control.read_start(('hooks',))
    except ValueError as error:
        sys.stderr.write('licorne hooks: %s\n' % error)
        os._exit(3)
    if start is None:
        os._exit(0)
    HooksProcess(control, start).run()


class HooksProcess:
    """Answers each `call` with `called`."""

    def __init__(self, control, start):
        self._control = control
        self._start = start
        self._log = Log(start.get('log_level'), start.get('log_format'), start.get('log_color'))
        self._workers = {}
        self._functions = {}
        self._server = None

    def run(self):
        """Does not come back."""
        name_process('licorne: hooks')
        line_buffer()
        # The master tells when it is over; programs that hooks start get the ordinary signals.
        for number in (signal.SIGINT, signal.SIGHUP, signal.SIGTERM):
            signal.signal(number, _ignore)
        try:
            self._load()
        except LoadError as error:
            fail(self._control, error)
        self._control.send('hooks_ready', hooks=sorted(self._functions))
        poll = select.poll()
        poll.register(self._control.fd, select.POLLIN)
        while True:
            poll.poll()
            for message in self._control.receive():
                self._act(message)
            if self._control.ended:
                leave_at_once()

    def _load(self):
        hooks = self._start['hooks']
        prepare_environment(self._start)
        enter_project(self._start)
        try:
            in_file, _path = gunicorn_conf.run(hooks['file'])
            found = gunicorn_conf.hooks_of(in_file)
            self._functions = {name: found[name] for name in _OWN if name in found}
        except gunicorn_conf.ConfError as error:
            raise LoadError('boot', error.title, trace=error.trace) from None
        cfg = HookConfig(hooks.get('settings', {}), in_file)
        self._server = HookServer(cfg, HookLog(self._log), hooks.get('master_pid') or os.getppid())

    def _act(self, message):
        kind = message.get('type')
        if kind == 'call':
            self._call(message)
        elif kind == 'spawned':
            worker = self._worker(message['age'])
            worker.pid = message['pid']
            self._server.WORKERS[worker.pid] = worker
        elif kind == 'reopen':
            reopen_log(message.get('error_log'), self._log)

    def _call(self, message):
        name = message['hook']
        function = self._functions.get(name)
        title = trace = ''
        arguments = self._arguments(name, message)
        try:
            if function is not None:
                function(*arguments)
        except BaseException as error:
            # sys.exit() too: in gunicorn it would end the master, which this is not.
            title = ''.join(traceback.format_exception_only(type(error), error)).strip().splitlines()[-1]
            trace = format_exception(error)
        self._control.send('called', id=message['id'], title=cut(title), traceback=cut(trace))

    def _arguments(self, name, message):
        server = self._server
        if name == 'nworkers_changed':
            server.num_workers = message['count']
            return (server, message['count'], message['before'])
        if name == 'pre_fork':
            server.worker_age = message['age']
            return (server, self._worker(message['age']))
        if name == 'child_exit':
            worker = self._workers.pop(message['age'], None) or self._worker(message['age'])
            self._workers.pop(message['age'], None)
            worker.alive = False
            worker.pid = message['pid']
            server.WORKERS.pop(worker.pid, None)
            return (server, worker)
        return (server,)

    def _worker(self, age):
        worker = self._workers.get(age)
        if worker is None:
            worker = HookWorker(self._server.cfg, self._server.log, age, 0, self._server.pid)
            self._workers[age] = worker
        return worker


def _ignore(_number, _frame):
    """Acted upon by the master."""
