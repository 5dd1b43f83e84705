"""What a worker does for a developer: it tells which files it runs on, has Django check the project, and passes changes on to Django."""

import io
import os
import sys
import threading
import time

from .loader import LoadError
from .log import application_traceback, format_exception

# An import seldom comes alone: what comes within this is told together, in seconds.
_SETTLE = 0.15
# A message has to fit a line of the control channel.
_FILES_IN_MESSAGE_MAX = 2000
_OWN_FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), '')
# In a virtual environment, too, the standard library is that of the base installation.
_STANDARD_FOLDER = os.path.join(os.path.dirname(os.path.abspath(os.__file__)), '')
_INSTALLED = (os.sep + 'site-packages' + os.sep, os.sep + 'dist-packages' + os.sep)


class Development:
    """The developer's side of one worker. `options` is `dev` of the start message; None makes every method do nothing."""

    def __init__(self, options, control, log):
        self._on = options is not None
        self._options = options or {}
        self._control = control
        self._log = log
        self._told = set()
        self._told_globs = set()
        self._reloader = None
        self._imported = threading.Event()

    def begin(self):
        """Before the application is imported."""
        if self._on:
            _echo_on()

    def loaded(self):
        """The application is there: Django's own checks, as runserver makes them. Raises LoadError."""
        django = _django() if self._on else None
        if django is not None:
            self._check(django)

    def failed(self, error):
        """The application could not be had: a change to any file that took part may mend it."""
        if self._on:
            self._tell_files(_files_of_error(error.__context__) if error.__context__ is not None else ())

    def ready(self):
        """Just before `ready` is said."""
        if not self._on:
            return
        self._tell_files()
        sys.meta_path.insert(0, _Finder(self._imported))
        threading.Thread(target=self._watch_imports, name='licorne-imports', daemon=True).start()
        if _django() is not None:
            threading.Thread(target=self._ask_migrations, name='licorne-migrations', daemon=True).start()

    def changed(self, number, files):
        """Files have changed that Django's watchers asked for; they may see to it without a restart."""
        unhandled = [path for path in files if not self._handled(path)]
        self._control.send('changed', number=number, unhandled=unhandled)

    def _handled(self, path):
        if self._reloader is None:
            return False
        from pathlib import Path

        from django.utils.autoreload import file_changed

        try:
            answers = file_changed.send(sender=self._reloader, file_path=Path(path))
        except Exception as error:
            self._log.exception('What watches %s failed' % path, error)
            return False
        return any(answer for _receiver, answer in answers)

    def _check(self, django):
        from django.conf import settings
        from django.core.management.base import BaseCommand, SystemCheckError

        if self._options.get('hosts') and not settings.DEBUG and not settings.ALLOWED_HOSTS:
            raise LoadError('load', 'CommandError: You must set settings.ALLOWED_HOSTS if DEBUG is False.')
        said = io.StringIO()
        if self._options.get('checks'):
            color = bool(self._options.get('color'))
            command = BaseCommand(stdout=said, stderr=said, no_color=not color, force_color=color)
            try:
                command.check(display_num_errors=True)
            except SystemCheckError as error:
                text = str(error)
                self._tell_files()
                raise LoadError('load', 'SystemCheckError: System check identified some issues', text, text) from None
            except BaseException as error:
                raise _load_error(error) from error
        module = os.environ.get('DJANGO_SETTINGS_MODULE') or getattr(settings, 'SETTINGS_MODULE', '')
        self._control.send('project', framework='Django', version=django.get_version(), settings=module, checks=said.getvalue())

    def _ask_migrations(self):
        """runserver's notice, from a thread of its own: the database may take its time."""
        from django.core.exceptions import ImproperlyConfigured
        from django.db import DEFAULT_DB_ALIAS, connections

        text = ''
        try:
            from django.db.migrations.executor import MigrationExecutor

            executor = MigrationExecutor(connections[DEFAULT_DB_ALIAS])
            plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
            if plan:
                apps = ', '.join(sorted({migration.app_label for migration, _backwards in plan}))
                text = (
                    'You have %d unapplied migration(s). Your project may not work properly until you apply the migrations for app(s): %s.\n'
                    "Run 'python manage.py migrate' to apply them." % (len(plan), apps)
                )
        except ImproperlyConfigured:
            # There are no databases.
            pass
        except Exception as error:
            first = (str(error).splitlines() or [''])[0]
            text = 'Whether migrations are unapplied cannot be told: %s: %s' % (type(error).__name__, first)
        finally:
            connections.close_all()
        self._control.send('migrations', text=text)

    def _watch_imports(self):
        while True:
            self._imported.wait()
            time.sleep(_SETTLE)
            self._imported.clear()
            self._tell_files()

    def _tell_files(self, more=()):
        """Sends the files and patterns that were not told yet."""
        files = {os.path.abspath(path) for path in more}
        files.update(_module_files())
        fresh = sorted(path for path in files - self._told if self._is_watched(path))
        self._told |= files
        globs = sorted(self._globs() - self._told_globs)
        self._told_globs.update(globs)
        for start in range(0, len(fresh), _FILES_IN_MESSAGE_MAX):
            self._control.send('modules', files=fresh[start : start + _FILES_IN_MESSAGE_MAX], globs=[])
        if globs:
            self._control.send('modules', files=[], globs=globs)

    def _is_watched(self, path):
        if path.startswith(_OWN_FOLDER):
            return False
        # The standard library does not change while somebody works.
        return any(name in path for name in _INSTALLED) or not path.startswith(_STANDARD_FOLDER)

    def _globs(self):
        """Folder and pattern of all that Django's applications want to hear of: templates, translations."""
        if _django() is None:
            return set()
        try:
            from django.utils import autoreload

            if self._reloader is None:
                self._reloader = autoreload.BaseReloader()
            autoreload.autoreload_started.send(sender=self._reloader)
            globs = self._reloader.directory_globs
            return {(os.path.abspath(folder), glob) for folder, patterns in globs.items() for glob in patterns}
        except Exception as error:
            self._log.write('debug', 'Django did not say which folders to watch: %s: %s' % (type(error).__name__, error))
            return set()


class _Finder:
    """Finds nothing; only takes note that something is being imported."""

    def __init__(self, imported):
        self._imported = imported

    def find_spec(self, _name, _path=None, _target=None):
        self._imported.set()
        return None


def _django():
    """Django's package, when the application is a project that was set up."""
    conf = sys.modules.get('django.conf')
    registry = sys.modules.get('django.apps')
    if conf is None or registry is None or not conf.settings.configured or not registry.apps.ready:
        return None
    return sys.modules['django']


def _module_files():
    files = set()
    for module in list(sys.modules.values()):
        try:
            path = getattr(module, '__file__', None)
            archive = getattr(getattr(module, '__loader__', None), 'archive', None)
        except Exception:
            # Some put objects in the place of modules that answer to nothing.
            continue
        for one in (path, archive):
            if isinstance(one, str) and one:
                files.add(os.path.abspath(one))
    return files


def _files_of_error(error):
    """The files in the traceback of an error and of what led to it."""
    files = set()
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, SyntaxError) and error.filename:
            files.add(error.filename)
        trace = error.__traceback__
        while trace is not None:
            files.add(trace.tb_frame.f_code.co_filename)
            trace = trace.tb_next
        error = error.__cause__ or error.__context__
    return [path for path in files if not path.startswith('<')]


def _load_error(error):
    """An exception that came out of the checks, told like one of an import."""
    _begin_in_project(error)
    if isinstance(error, SyntaxError):
        title = 'SyntaxError in %s:%s: %s' % (_relative(error.filename or '?'), error.lineno or '?', error.msg)
    else:
        title = (type(error).__name__ + ': ' + str(error)).splitlines()[0]
    return LoadError('boot', title, str(error), format_exception(error))


def _begin_in_project(error):
    """Takes the frames of Django off the beginning of a traceback; all stay where none is the project's."""
    here = os.path.join(os.getcwd(), '')
    trace = application_traceback(error.__traceback__)
    while trace is not None:
        path = trace.tb_frame.f_code.co_filename
        if path.startswith(here) and not any(name in path for name in _INSTALLED):
            error.__traceback__ = trace
            return
        trace = trace.tb_next


def _relative(path):
    relative = os.path.relpath(path)
    return path if relative.startswith('..') else relative


def _echo_on():
    """A worker that ended inside a debugger's prompt may have left the terminal without echo."""
    try:
        import termios

        if not sys.stdin.isatty():
            return
        attributes = termios.tcgetattr(sys.stdin)
        if not attributes[3] & termios.ECHO:
            attributes[3] |= termios.ECHO
            termios.tcsetattr(sys.stdin, termios.TCSANOW, attributes)
    except Exception:
        pass
