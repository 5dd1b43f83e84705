"""The interfaces an application can have, and how to tell them apart."""

import inspect

from .loader import LoadError
from .server import Server
from .wsgi import WsgiInterface


def make_server(name, listener, app, settings, hello, log, hooks):
    """The server for an application of this interface: `prepare`, `serve`, `stop`, `dump`, `after_fork`. Raises LoadError.

    `settings` is the start message, `hello` the greeting for gateways, `hooks` the worker's.
    """
    if name == 'asgi':
        # Workers of WSGI applications need no asyncio.
        from .asgi_server import AsgiServer

        return AsgiServer(listener, as_asgi3(app, settings['target']), settings, hello, log)
    if name != 'wsgi':
        raise LoadError('load', 'The interface %r is none of auto, wsgi and asgi.' % (name,))
    threads = max(1, settings.get('threads', 1))
    interface = WsgiInterface(app, threads > 1, bool(settings.get('multiprocess')), log, hooks.for_requests())
    return Server(listener, interface, threads, hello, log)


def detect(app):
    """'asgi' for a coroutine function, an object with an async `__call__`, a callable that needs three arguments, or ASGI 2; else 'wsgi'."""
    if _is_async(app) or is_asgi2(app):
        return 'asgi'
    needed = _arguments_needed(app)
    return 'asgi' if needed is not None and needed[0] == 3 else 'wsgi'


def is_asgi2(app):
    """Whether an application is of ASGI 2: called with the scope alone it gives what is called with receive and send."""
    needed = _arguments_needed(app)
    if needed is None or needed[0] != 1 or _is_async(app):
        return False
    # A class may take options after the scope; a function of one argument and no more can be nothing else.
    return inspect.iscoroutinefunction(getattr(app, '__call__', None)) if inspect.isclass(app) else needed[1] == 1


def as_asgi3(app, target):
    """The application, with one of ASGI 2 wrapped. Raises LoadError for what cannot be called as ASGI."""
    if is_asgi2(app):

        async def asgi3(scope, receive, send):
            await app(scope)(receive, send)

        return asgi3
    needed = _arguments_needed(app)
    if needed is not None and not needed[0] <= 3 <= needed[1]:
        title = '%s is not an ASGI application: it takes %s, not scope, receive and send.' % (target, _counted(needed))
        hint = 'It looks like a WSGI application: give --interface wsgi or auto.' if needed[0] <= 2 <= needed[1] else ''
        if needed == (0, 0):
            hint = "It looks like a factory: give '%s()'." % target
        raise LoadError('load', title, hint=hint)
    return app


def _is_async(app):
    if inspect.iscoroutinefunction(app):
        return True
    return not inspect.isclass(app) and not inspect.isroutine(app) and inspect.iscoroutinefunction(getattr(app, '__call__', None))


def _arguments_needed(app):
    """The fewest and the most positional arguments; None if that cannot be told."""
    try:
        parameters = inspect.signature(app).parameters.values()
    except (TypeError, ValueError):
        return None
    positional = [p for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    most = 255 if any(p.kind is p.VAR_POSITIONAL for p in parameters) else len(positional)
    return sum(p.default is p.empty for p in positional), most


def _counted(needed):
    fewest, most = needed
    if fewest != most:
        return '%d to %d arguments' % needed
    return '1 argument' if most == 1 else '%d arguments' % most if most else 'no arguments'
