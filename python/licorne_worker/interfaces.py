"""The interfaces an application can have, and how to tell them apart."""

import inspect

from .wsgi import WsgiInterface


def _wsgi(app, settings, log):
    return WsgiInterface(app, settings.get('threads', 1) > 1, bool(settings.get('multiprocess')), log)


# Name -> function(app, settings of the start message, log) that gives what the server runs: `prepare_block` and `run`.
INTERFACES = {'wsgi': _wsgi}


def detect(app):
    """'asgi' for a coroutine function, an object with an async `__call__`, or a callable that needs three arguments; else 'wsgi'."""
    if inspect.iscoroutinefunction(app):
        return 'asgi'
    if not inspect.isclass(app) and not inspect.isroutine(app) and inspect.iscoroutinefunction(getattr(app, '__call__', None)):
        return 'asgi'
    try:
        parameters = inspect.signature(app).parameters.values()
    except (TypeError, ValueError):
        return 'wsgi'
    needed = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and p.default is p.empty]
    return 'asgi' if len(needed) == 3 else 'wsgi'
