"""Short and slow requests, by path."""

import sys
import time


class Closes:
    def __init__(self, body):
        self.parts = iter([body])

    def __iter__(self):
        return self.parts

    def close(self):
        pass


def application(environ, start_response):
    what = environ['PATH_INFO'][1:]
    if what in ('note', 'slow'):
        sys.stderr.write(what + ' is run\n')
    if what == 'slow':
        time.sleep(2)
    body = what.encode()
    length = [] if what == 'flows' else [('Content-Length', str(len(body)))]
    start_response('200 OK', [('Content-Type', 'text/plain'), *length])
    if what == 'flows':
        return flow()
    return Closes(body) if what == 'closes' else [body]


def flow():
    yield b'one'
    time.sleep(2)
    yield b'two'
