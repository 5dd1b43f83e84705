"""What to do about an application that cannot be loaded: guesses from what lies in the project's folder."""

import difflib
import functools
import importlib.machinery
import os
import platform
import re
import shlex
import sys

from .similar import files_of, folders_with, has_module, modules_in, nearest, settings_modules

# Packages whose name to install differs from the name to import.
_DISTRIBUTIONS = {
    'PIL': 'Pillow', 'bs4': 'beautifulsoup4', 'corsheaders': 'django-cors-headers', 'cv2': 'opencv-python',
    'crispy_forms': 'django-crispy-forms', 'debug_toolbar': 'django-debug-toolbar', 'decouple': 'python-decouple',
    'django_filters': 'django-filter', 'dotenv': 'python-dotenv', 'environ': 'django-environ', 'flask': 'Flask', 'django': 'Django',
    'jwt': 'PyJWT', 'MySQLdb': 'mysqlclient', 'psycopg2': 'psycopg2-binary', 'rest_framework': 'djangorestframework',
    'sklearn': 'scikit-learn', 'storages': 'django-storages', 'yaml': 'PyYAML',
}  # fmt: skip
# A line that makes an application of one of the usual names.
_DEFINED = re.compile(r'^(?:async +)?(?:def +|class +)?(application|app)\b(?=[ \t]*[=(:])', re.M)
_SETTINGS = 'DJANGO_SETTINGS_MODULE'
_MODULE_IN_TEXT = re.compile(r"module '([^'.]+)")
_FACTORIES = ('create_app', 'make_app', 'get_app', 'build_app', 'create_application', 'get_application', 'make_application', 'factory')
# Of inspect's CO_VARARGS and CO_COROUTINE, without the weight of that module.
_TAKES_ANY_OR_AWAITS = 0x04 | 0x80


def _harmless(compute):
    """A guess looks at files and objects of any kind; whatever goes wrong with it must not hide the error it is about."""

    @functools.wraps(compute)
    def guarded(*arguments):
        try:
            return compute(*arguments)
        except Exception:
            return ''

    return guarded


@_harmless
def for_missing_target(module, missing, target):
    """The module that the command line names does not exist."""
    attribute = target.partition(':')[2]
    if module.endswith('.py') or '/' in module:
        path = module if module.endswith('.py') else module + '.py'
        if os.path.isfile(path):
            dotted = os.path.normpath(path)[:-3].replace(os.sep, '.')
            return 'Did you mean %r? A target is the name of a module, not a file.' % _with_attribute(dotted, attribute, path)
    first = module.partition('.')[0]
    if not has_module('.', first):
        places = folders_with(first)
        if places:
            return '%r is in %s: give --chdir %s.' % (first, places[0], shlex.quote(places[0]))
    shadow = _shadowed(first)
    if shadow and missing != first:
        return shadow
    owner, _dot, last = module.rpartition('.')
    if not attribute and last in vars(sys.modules.get(owner, object)):
        return 'Did you mean %r? A colon stands before the name in the module.' % ('%s:%s' % (owner, last))
    guess = nearest(module)
    if guess:
        return 'Did you mean %r?' % (guess + (':' + attribute if attribute else ''))
    if has_module('.', first) and '.' in module:
        names = ', '.join(modules_in(files_of('.', first)))
        return 'The package %r has these modules: %s.' % (first, names) if names else '%r is not a package.' % first
    names = ', '.join(modules_in('.'))
    return 'Modules are looked for in %s%s. Another folder is given by --chdir.' % (os.getcwd(), names and ', which has ' + names)


@_harmless
def for_missing_module(name):
    """Something that the application imports does not exist."""
    setting = os.environ.get(_SETTINGS, '')
    if setting and (setting == name or setting.startswith(name + '.')):
        return _wrong_settings(setting)
    first = name.partition('.')[0]
    shadow = _shadowed(first)
    if shadow:
        return shadow
    if has_module('.', first):
        guess = nearest(name)
        return 'Did you mean %r?' % guess if guess else 'The package %r is in this project and has no such module.' % first
    places = folders_with(first, certain=True)
    if places:
        return '%r is in %s: give --chdir or --pythonpath %s.' % (first, places[0], shlex.quote(places[0]))
    return missing_package(first)


def missing_package(name):
    """A package is not installed for the interpreter that runs this worker."""
    text = 'The package %r is not installed for %s (Python %s).' % (name, sys.executable, platform.python_version())
    for folder in ('.venv', 'venv', 'env'):
        python = os.path.join(folder, 'bin', 'python')
        if os.path.exists(python) and os.path.realpath(sys.prefix) != os.path.realpath(folder):
            return '%s The project has a virtual environment: give --python %s.' % (text, python)
    install = '%s -m pip install %s' % (shlex.quote(sys.executable), _DISTRIBUTIONS.get(name, name))
    return '%s Install it (%s), or activate the virtual environment that has it, or name that with --python.' % (text, install)


@_harmless
def for_import_error(error, module, target):
    """The application was found, and failed while it was being imported or made."""
    if isinstance(error, ModuleNotFoundError) and error.name:
        return for_missing_module(error.name)
    text = str(error)
    if isinstance(error, (ImportError, AttributeError)):
        found = _MODULE_IN_TEXT.search(text)
        name = error.name if isinstance(error, ImportError) and error.name else found[1] if found else ''
        shadow = _shadowed(name.partition('.')[0])
        if shadow:
            return shadow
    setting = os.environ.get(_SETTINGS)
    if type(error).__name__ == 'ImproperlyConfigured' and (_SETTINGS in text or 'settings are not configured' in text):
        return _wrong_settings(setting) if setting else _no_settings()
    if isinstance(error, KeyError) and error.args == (_SETTINGS,):
        return _no_settings()
    if isinstance(error, SystemExit):
        return 'The module exits when it is imported; put what starts a server under `if __name__ == "__main__":`.'
    if isinstance(error, (ValueError, TypeError)) and not module:
        return 'Write the module before the colon, as in mysite.wsgi%s.' % (':' + target.partition(':')[2])
    if isinstance(error, PermissionError):
        return 'The worker runs as user %d; give that user the right to read the project.' % os.getuid()
    return ''


@_harmless
def for_missing_attribute(module, name):
    """The module has no such attribute, or not a callable one."""
    # A package is seldom the application itself; startproject puts that into one of these.
    if name in ('', 'application', 'app'):
        for inner in ('wsgi', 'asgi') if getattr(module, '__path__', None) else ():
            if any(os.path.isfile(os.path.join(folder, inner + '.py')) for folder in module.__path__):
                return 'Did you mean %r?' % ('%s.%s' % (module.__name__, inner))
    if module.__name__ == 'manage':
        return 'manage.py runs commands of Django and has no application: write just `licorne`, which finds it.'
    mine = [key for key, value in vars(module).items() if not key.startswith('_') and _is_own(value, module)]
    factories = [key for key in mine if key in _FACTORIES]
    if factories:
        return 'Did you mean \'%s:%s()\'?' % (module.__name__, factories[0])
    close = difflib.get_close_matches(name, mine, 1, 0.6)
    if close or len(mine) == 1:
        return 'Did you mean %r?' % ('%s:%s' % (module.__name__, (close or mine)[0]))
    if mine:
        return 'The module has these callables: %s.' % ', '.join(sorted(mine)[:20])
    return 'The module %s (%s) has no callables of its own.' % (module.__name__, getattr(module, '__file__', None) or 'a namespace')


def for_syntax_error():
    """The interpreter may be too old for the code."""
    return 'It was read by Python %s (%s); another one is given by --python.' % (platform.python_version(), sys.executable)


def is_factory(value):
    """Whether this is a plain function that can be called without arguments, and not with those of a request."""
    if type(value).__name__ != 'function':
        return False
    code = value.__code__
    if code.co_flags & _TAKES_ANY_OR_AWAITS or len(value.__kwdefaults__ or ()) != code.co_kwonlyargcount:
        return False
    required = code.co_argcount - len(value.__defaults__ or ())
    # Two arguments with defaults may still be meant for environ and start_response.
    return required == 0 and (code.co_argcount < 2 or value.__name__ in _FACTORIES)


def _is_own(value, module):
    """Whether this is a callable of the module itself: made there, or an instance such as a Flask app.

    Types are asked, not values: a proxy such as `flask.request` raises on any access outside a request.
    """
    kind = type(value)
    try:
        if not callable(value) or kind.__module__ == 'builtins' and not hasattr(kind, '__code__') and kind is not type:
            return False
        if issubclass(kind, type) or hasattr(kind, '__code__'):
            return getattr(value, '__module__', None) == module.__name__
        # What cannot even tell its class here stands for something else.
        return value.__class__ is not None
    except Exception:
        return False


def _shadowed(name):
    """A module of the project that hides an installed one of the same name."""
    here = os.getcwd()
    path = next((one for one in (name + '.py', os.path.join(name, '__init__.py')) if os.path.isfile(one)), None)
    if not name or path is None:
        return ''
    elsewhere = [folder for folder in sys.path if os.path.realpath(folder or '.') != os.path.realpath(here)]
    spec = importlib.machinery.PathFinder.find_spec(name, elsewhere)
    if spec is None or spec.origin is None:
        return ''
    what = path if path.endswith(name + '.py') else name + '/'
    return '%s in %s hides the installed package %r: give it another name.' % (what, here, name)


def _no_settings():
    found = settings_modules()
    example = found[0] if found else 'mysite.settings'
    return '%s is not set: give --settings %s%s.' % (_SETTINGS, example, _others(found))


def _wrong_settings(setting):
    found = [name for name in settings_modules() if name != setting]
    if found:
        return '%s is %r, which cannot be imported. Did you mean %r? Correct --settings or the variable, or unset it%s.' % (
            _SETTINGS, setting, found[0], _others(found),
        )  # fmt: skip
    return '%s is %r, which cannot be imported from %s.' % (_SETTINGS, setting, os.getcwd())


def _others(found):
    return ' (or %s)' % ', '.join(found[1:5]) if len(found) > 1 else ''


def _with_attribute(module, attribute, path):
    if attribute:
        return '%s:%s' % (module, attribute)
    try:
        with open(path, encoding='utf-8', errors='replace') as file:
            text = file.read(100000)
    except OSError:
        return module
    found = _DEFINED.findall(text)
    # The longer name is the first default.
    return '%s:%s' % (module, max(found, key=len)) if found else module
