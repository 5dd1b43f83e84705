"""Finds the application that a target names: `module`, `module:attr`, `module:factory()` or `module:factory("x", y=1)`."""

import ast
import importlib
import os

from . import hints
from .log import application_traceback, format_exception

DEFAULT_ATTRIBUTES = ('application', 'app')


class LoadError(Exception):
    """The application cannot be had. `stage` is 'boot' (the import failed) or 'load' (there is no such app object)."""

    def __init__(self, stage, title, message='', trace='', hint=''):
        super().__init__(title)
        self.stage = stage
        self.title = title
        self.message = message
        self.trace = trace
        self.hint = hint


def load(target):
    """The application object of a target. Raises LoadError."""
    name, colon, expression = target.partition(':')
    names, arguments = parse_expression(expression) if colon else (None, None)
    module = _import(name, target)
    if names is None:
        names, app = _default(module)
    else:
        app = _attribute(module, names)
    if arguments is not None:
        app = _make(app, arguments, target)
    elif hints.is_factory(app):
        name = '%s:%s' % (module.__name__, '.'.join(names))
        raise LoadError('load', '%s takes no request: it looks like a factory.' % name, hint="Write '%s()'." % name)
    if app is None:
        raise LoadError('load', '%s is None, not an application.' % target, hint='A factory must return the application.')
    if not callable(app):
        title = '%s is not callable: it is of type %s.' % (target, type(app).__name__)
        raise LoadError('load', title, hint=hints.for_missing_attribute(module, ''))
    return app


def parse_expression(expression):
    """What follows the colon, as (names of the dotted path, None or (args, kwargs) of a call)."""
    try:
        node = ast.parse(expression.strip(), mode='eval').body
        arguments = None
        if isinstance(node, ast.Call):
            keywords = {}
            for keyword in node.keywords:
                if keyword.arg is None:
                    raise ValueError('** is not a literal')
                keywords[keyword.arg] = ast.literal_eval(keyword.value)
            arguments = ([ast.literal_eval(value) for value in node.args], keywords)
            node = node.func
        names = []
        while isinstance(node, ast.Attribute):
            names.insert(0, node.attr)
            node = node.value
        if not isinstance(node, ast.Name):
            raise ValueError('not a name')
        return [node.id] + names, arguments
    except (SyntaxError, ValueError, TypeError):
        title = '%r is neither a name nor a call of a name with literal arguments.' % expression
        hint = 'Write module:attribute, module:factory() or module:factory("text", option=1).'
        raise LoadError('load', title, hint=hint) from None


def failure_of_import(error, what, target):
    """The LoadError for an exception that came out of an import: `what` is what was imported, in words."""
    if isinstance(error, SyntaxError):
        where = '%s:%s' % (_relative(error.filename or '?'), error.lineno or '?')
        title = 'SyntaxError in %s: %s' % (where, error.msg)
        return LoadError('boot', title, str(error), format_exception(error), hints.for_syntax_error())
    if isinstance(error, ModuleNotFoundError):
        missing = error.name or ''
        title = 'Importing %s failed: no module named %r.' % (what, missing)
        return LoadError('boot', title, str(error), format_exception(error), hints.for_missing_module(missing))
    # SystemExit too: a module that exits when it is imported has no application to give.
    kind = type(error).__name__
    title = 'Importing %s failed: %s' % (what or 'nothing', (kind + ': ' + str(error)).splitlines()[0])
    hint = hints.for_import_error(error, target.partition(':')[0], target)
    return LoadError('boot', title, str(error), format_exception(error), hint)


def _import(name, target):
    try:
        return importlib.import_module(name)
    except BaseException as error:
        missing = error.name or '' if isinstance(error, ModuleNotFoundError) else None
        if missing is None or not (name == missing or name.startswith(missing + '.') or not name):
            raise failure_of_import(error, name, target) from None
        title = 'There is no module named %r.' % (missing or name)
        hint = hints.for_missing_target(name, missing, target)
        raise LoadError('boot', title, str(error), _trace_below_import(error), hint) from None


def _default(module):
    for name in DEFAULT_ATTRIBUTES:
        if hasattr(module, name):
            return [name], getattr(module, name)
    title = 'The module %s has neither "application" nor "app".' % module.__name__
    raise LoadError('load', title, hint=hints.for_missing_attribute(module, 'application'))


def _attribute(module, names):
    value = module
    for index, name in enumerate(names):
        try:
            value = getattr(value, name)
        except AttributeError:
            owner = ':'.join([module.__name__, '.'.join(names[:index])]) if index else 'module ' + module.__name__
            hint = hints.for_missing_attribute(module, name) if index == 0 else ''
            raise LoadError('load', 'The %s has no attribute %r.' % (owner, name), hint=hint) from None
        except Exception as error:
            kind = type(error).__name__
            title = 'Asking for the attribute %r failed: %s' % (name, (kind + ': ' + str(error)).splitlines()[0])
            raise LoadError('load', title, str(error), format_exception(error)) from None
    return value


def _make(factory, arguments, target):
    if not callable(factory):
        raise LoadError('load', '%s cannot be called: it is of type %s.' % (target, type(factory).__name__))
    try:
        return factory(*arguments[0], **arguments[1])
    except BaseException as error:
        if isinstance(error, TypeError) and application_traceback(error.__traceback__) is None:
            # The call itself did not fit; the traceback has nothing of the application's.
            raise LoadError('load', 'Calling %s failed: %s' % (target, error)) from None
        kind = type(error).__name__
        title = 'Calling %s failed: %s' % (target, (kind + ': ' + str(error)).splitlines()[0])
        hint = hints.for_import_error(error, target.partition(':')[0], target)
        raise LoadError('boot', title, str(error), format_exception(error), hint) from None


def _trace_below_import(error):
    """The traceback, unless it holds nothing but the import machinery."""
    return '' if application_traceback(error.__traceback__) is None else format_exception(error)


def _relative(path):
    relative = os.path.relpath(path)
    return path if relative.startswith('..') else relative
