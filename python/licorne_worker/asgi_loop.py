"""The event loop: which one, and its end."""

import asyncio
import os
import sys

from .loader import LoadError

_LOOPS = ('auto', 'asyncio', 'uvloop')
# How long what the application has left running may take to end, in seconds.
_CLEAN_UP_SECONDS_MAX = 2


def make(name, log):
    """A loop, made the main thread's own: uvloop's if the name is that, or 'auto' and the application's environment has it."""
    if name not in _LOOPS:
        raise LoadError('boot', 'loop is %r, not one of %s.' % (name, ', '.join(_LOOPS)))
    # What the application made while it was imported belongs to the loop that it found there.
    loop = loop_of_imports() if name == 'auto' else None
    if loop is None:
        loop = _new_loop(name, log)
        asyncio.set_event_loop(loop)
    log.write('debug', 'The event loop is of %s.' % type(loop).__module__)
    return loop


def close(loop):
    """Cancels what is left, ends asynchronous generators and closes the loop."""
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.wait(left, timeout=_CLEAN_UP_SECONDS_MAX))
    try:
        loop.run_until_complete(asyncio.wait_for(loop.shutdown_asyncgens(), _CLEAN_UP_SECONDS_MAX))
    except asyncio.TimeoutError:
        pass
    asyncio.set_event_loop(None)
    if all(task.done() for task in left):
        loop.close()


def renew_after_fork(loop, log):
    """In a process that was forked from a zygote: the loop that an import has made gets a selector of its own."""
    try:
        if type(loop) is not asyncio.SelectorEventLoop:
            raise TypeError('it is of %s' % type(loop).__module__)
        selector, inner, outer = loop._selector, loop._ssock, loop._csock
        watched = [key for key in selector.get_map().values() if key.fileobj != inner.fileno()]
        # Without unregistering, which would reach into the selector of the zygote and of the other workers.
        os.close(selector.fileno())
        inner.close()
        outer.close()
        loop._selector = type(selector)()
        loop._internal_fds -= 1
        loop._make_self_pipe()
        for key in watched:
            loop._selector.register(key.fileobj, key.events, key.data)
        # From Python 3.12 on a fork has forgotten it.
        asyncio.set_event_loop(loop)
    except Exception as error:
        asyncio.set_event_loop(None)
        log.write('warning', 'preload: the event loop that was made while the application was imported cannot be used after a fork: %s' % error)


def _new_loop(name, log):
    if name != 'asyncio':
        try:
            import uvloop

            return uvloop.new_event_loop()
        except ImportError as error:
            if name == 'uvloop':
                hint = 'Install it (%s -m pip install uvloop), or use --loop asyncio.' % sys.executable
                raise LoadError('boot', 'The event loop uvloop cannot be imported: %s.' % error, hint=hint) from None
            if not isinstance(error, ModuleNotFoundError):
                log.write('warning', 'uvloop is installed but cannot be imported, asyncio is used: %s' % error)
    return asyncio.new_event_loop()


def loop_of_imports():
    """The loop that asyncio.get_event_loop() has made for an import, before Python 3.14; None if there was no such call."""
    if sys.version_info >= (3, 14):
        return None
    local = getattr(asyncio.get_event_loop_policy(), '_local', None)
    loop = getattr(local, '_loop', None)
    return None if loop is None or loop.is_closed() else loop
