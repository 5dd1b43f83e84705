"""The WSGI half of the soak test."""

import hashlib
import time

import release


def application(environ, start_response):
    path = environ['PATH_INFO']
    answer = _ANSWERS.get(path)
    if answer is None:
        start_response('404 Not Found', [('Content-Length', '0')])
        return [b'']
    return answer(environ, start_response)


def _hello(_environ, start_response):
    body = release.RELEASE.encode()
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', str(len(body)))])
    return [body]


def _think(environ, start_response):
    time.sleep(0.05)
    return _hello(environ, start_response)


def _upload(environ, start_response):
    digest = hashlib.sha256()
    left = int(environ.get('CONTENT_LENGTH') or 0)
    while left > 0:
        data = environ['wsgi.input'].read(min(left, 65536))
        if not data:
            break
        left -= len(data)
        digest.update(data)
    body = digest.hexdigest().encode()
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', str(len(body)))])
    return [body]


def _download(_environ, start_response):
    length = len(release.PIECE) * release.PIECES
    start_response('200 OK', [('Content-Type', 'application/octet-stream'), ('Content-Length', str(length))])
    return (release.PIECE for _ in range(release.PIECES))


def _events(_environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/event-stream')])
    return _event_stream()


def _event_stream():
    for number in range(release.EVENTS):
        yield b'data: %d\n\n' % number
        time.sleep(release.EVENT_SECONDS)


_ANSWERS = {'/hello': _hello, '/think': _think, '/upload': _upload, '/download': _download, '/events': _events}
