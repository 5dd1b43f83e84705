"""Applications that take too long, or notice that nobody waits."""

import asyncio
import os
import sys
import threading
import time


def say(text):
    """One line of the log."""
    print(text, file=sys.stderr, flush=True)


def exists(path):
    """Whether the test has made the file."""
    return os.path.exists(path)


def watches(environ, start_response):
    """Computes until nobody waits any more."""
    gone = environ['licorne.client_disconnected']
    say('gone at the beginning: %s' % gone())
    while not gone():
        time.sleep(0.002)
    say('stopped: nobody waits')
    start_response('200 OK', [])
    return [b'for nobody']


def streams(environ, start_response):
    """Asks between what it yields."""
    start_response('200 OK', [])
    while not environ['licorne.client_disconnected']():
        time.sleep(0.002)
        yield b'.'
    say('ended by itself')


def hangs(environ, start_response):
    """Hangs in a function until the file of the query is there; other paths answer."""
    if environ['PATH_INFO'] != '/hang':
        start_response('200 OK', [])
        return [b'fine']
    say('hangs in thread %d' % threading.get_ident())
    inner_hang(environ['QUERY_STRING'])
    start_response('200 OK', [])
    return [b'late']


def inner_hang(path):
    """Where it hangs."""
    while not exists(path):
        time.sleep(0.005)


def hangs_in_close(environ, start_response):
    """The client has its answer, the thread is busy."""
    start_response('200 OK', [('Content-Length', '2')])
    return Closing(environ['QUERY_STRING'])


class Closing:
    """An iterable whose end takes a while."""

    def __init__(self, path):
        self._path = path

    def __iter__(self):
        return iter([b'ok'])

    def close(self):
        """PEP 3333."""
        say('hangs in close')
        inner_hang(self._path)


async def waits(scope, receive, send):
    """One behaviour for each path."""
    if scope['type'] == 'lifespan':
        raise RuntimeError('no lifespan')
    path = scope['path']
    if path == '/wait':
        try:
            await inner_wait()
        finally:
            say('put away')
    elif path == '/stubborn':
        say('waits')
        while not exists(scope['query_string'].decode()):
            try:
                await inner_wait(0.01)
            except asyncio.CancelledError:
                say('does not obey')
    elif path == '/block':
        say('blocks')
        inner_hang(scope['query_string'].decode())
    elif path == '/executor':
        say('waits')
        await asyncio.get_running_loop().run_in_executor(None, inner_hang, scope['query_string'].decode())
    await send({'type': 'http.response.start', 'status': 200, 'headers': []})
    await send({'type': 'http.response.body', 'body': b'fine'})


async def inner_wait(seconds=3600):
    """Where it waits."""
    await asyncio.sleep(seconds)
