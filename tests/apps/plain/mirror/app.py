"""Tells what it was asked, in as many shapes as WSGI has for an answer; the query says which."""

import hashlib
import json
from urllib.parse import parse_qs

TOLD_APART = ('REMOTE_PORT', 'HTTP_X_ONLY', 'licorne.request_id')


def application(environ, start_response):
    wanted = {name: values[0] for name, values in parse_qs(environ['QUERY_STRING'], encoding='latin-1').items()}
    body = told(environ, environ['wsgi.input'].read()) + b'.' * int(wanted.get('pad', '0'))
    status = wanted.get('status', '200 OK')
    headers = [('Content-Type', 'application/json')]
    if 'HTTP_X_ONLY' in environ:
        headers.append(('X-Only', environ['HTTP_X_ONLY']))
    headers += [('X-Set', 'v' * number) for number in range(int(wanted.get('set', '0')))]
    if status[:3] in ('204', '304'):
        body = b''
    elif 'length' in wanted:
        headers.append(('Content-Length', str(len(body))))
    return SHAPES[wanted.get('shape', 'list')](status, headers, body, start_response)


def told(environ, body):
    """The environ in words, and what came with it."""
    entries = {name: value if isinstance(value, (str, bool, tuple)) else type(value).__name__ for name, value in environ.items()}
    for name in TOLD_APART:
        entries.pop(name, None)
    return json.dumps([entries, len(body), hashlib.sha256(body).hexdigest()], sort_keys=True).encode()


def as_list(status, headers, body, start_response):
    start_response(status, headers)
    return [body]


def as_tuple(status, headers, body, start_response):
    start_response(status, headers)
    return (body[:10], body[10:])


def as_pieces(status, headers, body, start_response):
    start_response(status, headers)
    return [body[:1], b'', body[1:]]


def as_generator(status, headers, body, start_response):
    start_response(status, headers)
    for start in range(0, len(body), 5000):
        yield body[start : start + 5000]


def as_write(status, headers, body, start_response):
    write = start_response(status, headers)
    if body:
        write(body[:7])
    return [body[7:]]


SHAPES = {'list': as_list, 'tuple': as_tuple, 'pieces': as_pieces, 'generator': as_generator, 'write': as_write}
