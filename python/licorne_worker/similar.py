"""Looks at the files of a project, without importing anything, for the module that was meant."""

import difflib
import os
import stat

_SKIPPED = {'node_modules', 'site-packages', '__pycache__', 'venv', 'env', 'dist', 'build', 'static', 'media'}
_ENTRIES_MAX = 2000
_FOLDERS_MAX = 300


def has_module(folder, name):
    """Whether `folder` holds a module or package of this name."""
    path = os.path.join(folder, name)
    return bool(name) and (os.path.isfile(path + '.py') or os.path.isdir(path) and bool(modules_in(path)))


def modules_in(folder):
    """Names of the modules and packages right in a folder, sorted."""
    names = set()
    for entry in _entries(folder):
        if entry.name.endswith('.py') and entry.name != '__init__.py' and entry.is_file():
            names.add(entry.name[:-3])
        elif entry.name.isidentifier() and entry.is_dir() and _has_python(entry.path):
            names.add(entry.name)
    return sorted(names)


def files_of(folder, name):
    """The folder of a package."""
    return os.path.join(folder, name)


def nearest(module):
    """The dotted name of an existing module that is most like this one; None if none is."""
    folder = '.'
    found = []
    for part in module.split('.'):
        names = modules_in(folder) if os.path.isdir(folder) else []
        close = [part] if part in names else difflib.get_close_matches(part, names, 1, 0.6)
        if not close:
            return None
        found.append(close[0])
        folder = os.path.join(folder, close[0])
    guess = '.'.join(found)
    return guess if guess != module else None


def folders_with(name, certain=False):
    """Absolute paths of folders near the current one that hold this module: the parents first, then two levels down. Of a folder where
    anybody may put a file nobody is told to run it. `certain`: a folder without `__init__.py` is none, since a project is often called
    after the framework that it is about."""
    holds = _has_certainly if certain else has_module
    here = os.getcwd()
    parents = [os.path.dirname(here), os.path.dirname(os.path.dirname(here))]
    places = [place for place in parents if not os.stat(place).st_mode & stat.S_IWOTH]
    below = _subfolders(here)
    for folder in list(below):
        below += _subfolders(folder)
    found = []
    for place in [*places, *below[:_FOLDERS_MAX]]:
        if place not in found and place != here and holds(place, name):
            found.append(place)
    return found


def settings_modules():
    """Dotted names of what look like Django settings in the current folder."""
    found = []
    for package in modules_in('.'):
        if package == 'settings':
            found.append(package)
        inside = os.path.join(package, 'settings')
        if os.path.isfile(inside + '.py') or os.path.isfile(os.path.join(inside, '__init__.py')):
            found.append(package + '.settings')
        elif os.path.isdir(inside):
            found += ['%s.settings.%s' % (package, name) for name in modules_in(inside)]
    return found


def _has_certainly(folder, name):
    path = os.path.join(folder, name)
    return bool(name) and (os.path.isfile(path + '.py') or os.path.isfile(os.path.join(path, '__init__.py')))


def _has_python(folder):
    return any(entry.name.endswith('.py') for entry in _entries(folder)) or any(
        entry.is_dir() and os.path.isfile(os.path.join(entry.path, '__init__.py')) for entry in _entries(folder)
    )


def _subfolders(folder):
    return sorted(
        entry.path
        for entry in _entries(folder)
        if entry.name[0] != '.' and entry.name not in _SKIPPED and entry.is_dir() and not entry.is_symlink()
    )[:_FOLDERS_MAX]


def _entries(folder):
    try:
        with os.scandir(folder) as entries:
            return [entry for entry, _number in zip(entries, range(_ENTRIES_MAX))]
    except OSError:
        return []
