"""The lifespan of an ASGI application: told before the first request, and after the last."""

import asyncio

from . import asgi_order
from .errors import InterfaceTypeError
from .loader import LoadError
from .log import format_exception

_MODES = ('auto', 'on', 'off')
# How long the application may take to return after its last lifespan message, in seconds.
_RETURN_SECONDS_MAX = 1


class Lifespan:
    """One call of the application with a scope of type `lifespan`. `state` is what it leaves there for the requests."""

    def __init__(self, app, mode, log):
        if mode not in _MODES:
            raise LoadError('boot', 'lifespan is %r, not one of %s.' % (mode, ', '.join(_MODES)))
        self.state = {}
        self._app = app
        self._mode = mode
        self._log = log
        self._order = asgi_order.STARTING
        self._task = None
        self._changed = None
        # What the application has been told, and what it has not yet asked for.
        self._messages = []
        self._asked = False
        self._failure = None
        self._error = None

    async def startup(self):
        """Comes back when the application has started, or does not take part. Raises LoadError."""
        if self._mode == 'off':
            return
        self._changed = asyncio.Event()
        self._messages.append({'type': 'lifespan.startup'})
        self._task = asyncio.get_running_loop().create_task(self._run())
        await self._wait_while(asgi_order.STARTING)
        if self._order is asgi_order.STARTED:
            return
        if self._failure is None and self._mode == 'auto':
            self._note_absence()
            return
        if self._failure is not None:
            # Frameworks raise after they have said that they failed; the traceback is worth a moment.
            await self._wait_to_return()
        raise self._load_error()

    async def shutdown(self, seconds):
        """Tells the application that the last request has been answered and waits for it, not longer than `seconds`."""
        if self._task is None or self._task.done():
            return
        self._order = asgi_order.STOPPING
        self._messages.append({'type': 'lifespan.shutdown'})
        self._changed.set()
        try:
            await asyncio.wait_for(self._wait_while(asgi_order.STOPPING), seconds)
        except asyncio.TimeoutError:
            self._log.write('error', 'The application has not finished its lifespan.shutdown within %g seconds.' % seconds)
        if self._failure is not None:
            self._log.write('error', 'The application failed to shut down: %s' % self._failure)
        await self._wait_to_return()

    def _load_error(self):
        error = self._error
        message = self._failure or (str(error) or type(error).__name__ if error else 'it gave no reason')
        # A framework may give a whole traceback as its message; the last line says what happened.
        lines = message.strip().splitlines()
        title = 'The application failed to start: %s' % (lines[-1] if lines[0].startswith('Traceback') else lines[0])
        trace = format_exception(error) if error else ''
        hint = '' if self._failure is not None else 'With --lifespan auto or off an application without lifespan events is served.'
        return LoadError('boot', title, message, trace, hint)

    async def _run(self):
        scope = {
            'type': 'lifespan',
            'asgi': {'version': '3.0', 'spec_version': '2.0'},
            'state': self.state,
        }
        try:
            await self._app(scope, self._receive, self._send)
        except asyncio.CancelledError:
            # We do not wait any longer.
            pass
        except BaseException as error:
            self._error = error
            if self._order in (asgi_order.STARTED, asgi_order.STOPPING):
                self._log.exception('Error in the lifespan of the application', error)
        finally:
            if self._order is not asgi_order.STARTED:
                self._order = asgi_order.ENDED
            self._changed.set()

    async def _receive(self):
        self._asked = True
        while not self._messages:
            await self._wait_for_change()
        return self._messages.pop(0)

    async def _send(self, message):
        kind, state = asgi_order.step(asgi_order.LIFESPAN, self._order, message)
        if kind in (asgi_order.STARTUP_FAILED, asgi_order.SHUTDOWN_FAILED):
            text = message.get('message') or ''
            if not isinstance(text, str):
                raise InterfaceTypeError('the message must be str, not %s' % type(text).__name__)
            self._failure = text
        self._order = state
        self._changed.set()

    async def _wait_while(self, order):
        while self._order is order and not self._task.done():
            await self._wait_for_change()

    async def _wait_for_change(self):
        self._changed.clear()
        await self._changed.wait()

    async def _wait_to_return(self):
        await asyncio.wait({self._task}, timeout=_RETURN_SECONDS_MAX)

    def _note_absence(self):
        error = self._error
        if error is not None and self._asked:
            # It took the event, so it knows of lifespan: this is hardly meant. The specification asks to go on all the same.
            self._log.exception('Error in the lifespan.startup of the application, which is served without', error)
        else:
            self._log.write('debug', 'The application does not take part in lifespan: %r' % (error,))
