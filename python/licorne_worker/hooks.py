"""The hooks of a gunicorn.conf.py that belong to a worker: run in it, with arguments that look like gunicorn's."""

import os
import threading

from . import gunicorn_conf
from .hook_objects import HookApp, HookConfig, HookLog, HookServer, HookWorker
from .loader import LoadError

# What the hooks of a worker that leaves at once may take together, in seconds: after two the master kills it.
_LEAVING_SECONDS_MAX = 1.5


class WorkerHooks:
    """The hooks of one worker; none are called before `begin`."""

    def __init__(self, file=None, said=None, functions=None, in_file=None, log=None):
        self._file = file
        self._said = said or {}
        self._functions = functions or {}
        self._in_file = in_file or {}
        self._log = log
        self._server = None
        self._worker = None
        self._exited = threading.Lock()

    @classmethod
    def load(cls, start, log):
        """Those of the start message's file, which is run; none without one. Raises LoadError."""
        hooks = start.get('hooks')
        if not hooks:
            return cls(log=log)
        try:
            in_file, file = gunicorn_conf.run(hooks['file'])
            return cls(file, hooks, gunicorn_conf.hooks_of(in_file), in_file, log)
        except gunicorn_conf.ConfError as error:
            raise LoadError('boot', error.title, trace=error.trace) from None

    def begin(self, start):
        """In the worker itself: makes the objects that hooks are given, and calls post_fork. Raises LoadError."""
        if not self._functions:
            return
        cfg = HookConfig(self._said.get('settings', {}), self._in_file)
        log = HookLog(self._log)
        master = self._said.get('master_pid') or os.getppid()
        self._server = HookServer(cfg, log, master)
        self._worker = HookWorker(cfg, log, start.get('age', 1), os.getpid(), master)
        self._server.worker_age = self._worker.age
        self._call_or_fail('post_fork', self._server, self._worker)

    def loaded(self, app, interface):
        """Calls post_worker_init; gives back the application, which the hook may have wrapped. Raises LoadError."""
        if self._worker is None:
            return app
        self._worker.app = HookApp(app)
        self._worker.wsgi = app
        self._call_or_fail('post_worker_init', self._worker)
        self._worker.booted = True
        if interface == 'asgi' and ('pre_request' in self._functions or 'post_request' in self._functions):
            message = 'The hooks pre_request and post_request are not called for an ASGI application; gunicorn does not either.'
            self._log.write('warning', message)
        return self._worker.wsgi

    def for_requests(self):
        """What calls pre_request and post_request; None when there are none."""
        before, after = self._functions.get('pre_request'), self._functions.get('post_request')
        if before is None and after is None:
            return None
        from .request_hooks import RequestHooks

        return RequestHooks(before, after, self._worker, self._log)

    @property
    def any(self):
        """Whether there are hooks at all."""
        return bool(self._functions)

    def aborted(self):
        """A request took too long, or SIGABRT came: worker_abort, for a limited time."""
        if self._worker is not None:
            self._worker.alive = False
            self._worker.aborted = True
            self._within_limit(lambda: self._call('worker_abort', self._worker))

    def interrupted(self):
        """The worker leaves at once: worker_int and worker_exit, for a limited time."""
        if self._worker is not None:
            self._worker.alive = False
            self._within_limit(self._interrupt)

    def ended(self):
        """The worker ends: worker_exit, once."""
        if self._worker is not None and self._exited.acquire(blocking=False):
            self._worker.alive = False
            self._call('worker_exit', self._server, self._worker)

    def _interrupt(self):
        self._call('worker_int', self._worker)
        self.ended()

    def _call(self, name, *arguments):
        error = self._raised_by(name, arguments)
        if error is not None:
            # sys.exit() in a hook is no reason to lose what follows.
            self._log.exception('The hook %s of %s failed: %s' % (name, self._file, type(error).__name__), error)

    def _call_or_fail(self, name, *arguments):
        error = self._raised_by(name, arguments)
        if error is not None:
            told = gunicorn_conf.ConfError('The hook %s of %s failed: %s: %s' % (name, self._file, type(error).__name__, error), error)
            raise LoadError('boot', told.title.splitlines()[0], str(error), told.trace)

    def _raised_by(self, name, arguments):
        """Calls a hook, if the file has it; what it raised, or None."""
        function = self._functions.get(name)
        if function is not None:
            try:
                function(*arguments)
            except BaseException as error:
                return error
        return None

    def _within_limit(self, function):
        thread = threading.Thread(target=function, name='licorne-hook', daemon=True)
        thread.start()
        thread.join(_LEAVING_SECONDS_MAX)
