"""Runs a gunicorn.conf.py, which is a Python program, and tells what it has set. gunicorn itself need not be installed."""

import importlib
import importlib.machinery
import importlib.util
import inspect
import json
import os
import sys
import traceback

from .log import application_traceback, format_exception

# How many arguments gunicorn calls a hook with: the fewest and the most that are understood.
HOOKS = {
    'on_starting': (1, 1),
    'on_reload': (1, 1),
    'when_ready': (1, 1),
    'pre_fork': (2, 2),
    'post_fork': (2, 2),
    'post_worker_init': (1, 1),
    'worker_int': (1, 1),
    'worker_abort': (1, 1),
    'pre_exec': (1, 1),
    'pre_request': (2, 2),
    'post_request': (2, 4),
    'child_exit': (2, 2),
    'worker_exit': (2, 2),
    'nworkers_changed': (3, 3),
    'on_exit': (1, 1),
}
_FRAMES_MAX = 4
# Settings that may be a class, which is then meant by its name.
_CLASSES = ('worker_class', 'logger_class')


class ConfError(Exception):
    """The file cannot be run. `trace` is the traceback of what it raised, `where` the same in one line; or they are empty."""

    def __init__(self, title, error=None):
        super().__init__(title)
        self.title = title
        self.trace = '' if error is None else format_exception(error)
        self.where = '' if error is None else _where(error)


def run(location):
    """The names that a file has set: a path, `file:PATH` or `python:MODULE`; and the path of the file. Raises ConfError."""
    try:
        if location.startswith('python:'):
            module = importlib.import_module(location[len('python:') :])
        else:
            path = os.path.abspath(location[len('file:') :] if location.startswith('file:') else location)
            if not os.path.isfile(path):
                raise ConfError('There is no file %s.' % path)
            # It may have any name; gunicorn runs it under this one.
            loader = importlib.machinery.SourceFileLoader('__config__', path)
            spec = importlib.util.spec_from_file_location('__config__', path, loader=loader)
            module = importlib.util.module_from_spec(spec)
            sys.modules['__config__'] = module
            loader.exec_module(module)
    except ConfError:
        raise
    except BaseException as error:
        # SystemExit too: a file that exits has set nothing.
        kind = type(error).__name__
        title = 'Running %s failed: %s' % (location, (kind + ': ' + str(error)).splitlines()[0])
        raise ConfError(title, error) from None
    return vars(module), os.path.abspath(getattr(module, '__file__', None) or location)


def hooks_of(names):
    """The hooks among what a file has set, by name. Raises ConfError for what is none."""
    return {name: _hook(name, names[name]) for name in HOOKS if names.get(name) is not None}


def describe(location, known):
    """All that can be told in JSON of the settings in `known` that a file makes."""
    names, path = run(location)
    settings, faults, hooks = {}, [], []
    for name in sorted(known):
        value = names.get(name)
        if name in HOOKS and value is not None:
            try:
                _hook(name, value)
                hooks.append(name)
            except ConfError as error:
                faults.append({'name': name, 'message': error.title})
        elif value is not None:
            try:
                settings[name] = _plain(name, value)
            except TypeError as error:
                faults.append({'name': name, 'message': str(error)})
    return {'file': path, 'settings': settings, 'hooks': hooks, 'faults': faults}


def main():
    """Entry point of the process that reads a file: the location and the known names are arguments, the answer goes to standard output."""
    del sys.path[0]
    location, known = sys.argv[2], json.loads(sys.argv[3])
    out = os.dup(1)
    # What the file prints must not mix with the answer.
    os.dup2(2, 1)
    sys.path.insert(0, os.getcwd())
    sys.argv = ['gunicorn']
    try:
        answer = describe(location, known)
    except ConfError as error:
        answer = {'error': {'title': error.title, 'where': error.where}}
    sys.stdout.flush()
    with os.fdopen(out, 'w') as file:
        file.write(json.dumps(answer))
    # Threads that the file has started are not waited for.
    os._exit(0)


def _hook(name, value):
    if isinstance(value, str):
        value = _imported(name, value)
    if not callable(value):
        raise ConfError('%s is not callable: it is of type %s.' % (name, type(value).__name__))
    fewest, most = HOOKS[name]
    takes = _arity(value)
    if takes is not None and not fewest <= takes <= most:
        wanted = str(fewest) if fewest == most else '%d to %d' % (fewest, most)
        raise ConfError('%s takes %d arguments; gunicorn calls it with %s.' % (name, takes, wanted))
    return value


def _imported(name, path):
    module, dot, attribute = path.rpartition('.')
    if not dot:
        raise ConfError('%s is the text %r, which does not name a function (module.function).' % (name, path))
    try:
        return getattr(importlib.import_module(module), attribute)
    except Exception as error:
        raise ConfError('%s cannot be imported from %s: %s' % (name, path, error), error) from None


def _arity(function):
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return None
    return sum(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) for p in parameters)


def _plain(name, value):
    if isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if inspect.isclass(value) and name in _CLASSES:
        return '%s.%s' % (value.__module__, value.__qualname__)
    if isinstance(value, (list, tuple, set, frozenset)):
        return [_plain(name, item) for item in (sorted(value) if isinstance(value, (set, frozenset)) else value)]
    if isinstance(value, dict):
        return {str(key): _plain(name, item) for key, item in value.items()}
    what = 'a class' if inspect.isclass(value) else 'a function' if callable(value) else 'an object'
    raise TypeError('%s is %s (%s), which cannot be carried to another server' % (name, what, getattr(value, '__qualname__', type(value).__qualname__)))


def _where(error):
    """The lines that the error came through, the last ones of many."""
    frames = traceback.extract_tb(application_traceback(error.__traceback__))[-_FRAMES_MAX:]
    lines = ['%s:%s %s' % (frame.filename, frame.lineno, frame.line or '') for frame in frames]
    if isinstance(error, SyntaxError):
        lines.append('%s:%s %s' % (error.filename, error.lineno, (error.text or '').strip()))
    return ' > '.join(line.strip() for line in lines)
