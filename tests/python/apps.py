"""The applications of the tests."""

import io
import os
import sys
import threading
import time
from wsgiref.validate import validator

TEXT = [('Content-Type', 'text/plain')]
released = threading.Event()
closed = []


class Result:
    """An iterable with close()."""

    def __init__(self, chunks, on_close=None):
        self.chunks = iter(chunks)
        self.on_close = on_close

    def __iter__(self):
        return self

    def __next__(self):
        return next(self.chunks)

    def close(self):
        closed.append(threading.get_ident())
        if self.on_close:
            self.on_close()


def hello(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', '5')])
    return [b'hello']


def environ_app(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain; charset=utf-8')])
    lines = ['%s=%s:%r' % (key, type(value).__name__, value) for key, value in sorted(environ.items())]
    return ['\n'.join(lines).encode('utf-8')]


def echo(environ, start_response):
    """Reads the body in the way that the query names."""
    source = environ['wsgi.input']
    how = environ['QUERY_STRING']
    if how == 'read':
        data = source.read(-1)
    elif how == 'sizes':
        data = b''.join(iter(lambda: source.read(7), b''))
    elif how == 'lines':
        data = b'|'.join(source)
    elif how == 'readline':
        data = b'|'.join(iter(lambda: source.readline(5), b''))
    elif how == 'readlines':
        data = b'|'.join(source.readlines(1))
    else:
        data = source.read(65536)
    start_response('200 OK', TEXT)
    return [data]


valid_hello = validator(hello)
valid_environ = validator(environ_app)
valid_echo = validator(echo)


def generator(environ, start_response):
    start_response('200 OK', TEXT)
    yield b''
    yield b'one'
    yield b''
    yield b'two'


def late_start(environ, start_response):
    """A generator that calls start_response only when it is asked for its first chunk."""
    environ['wsgi.errors'].write('before\n')
    start_response('200 OK', TEXT)
    yield b'late'


def paced(environ, start_response):
    """Yields the second chunk only once the file of the query exists."""
    start_response('200 OK', TEXT)
    yield b'first'
    while not os.path.exists(environ['QUERY_STRING']):
        time.sleep(0.005)
    yield b'second'


def writes(environ, start_response):
    write = start_response('200 OK', TEXT)
    write(b'')
    write(b'written ')
    write(b'twice, ')
    return [b'then returned']


def big_list(environ, start_response):
    start_response('200 OK', TEXT)
    return [b'a' * 200000, b'b' * 200000, b'c' * 200000]


def big_chunk(environ, start_response):
    start_response('200 OK', TEXT)
    return [bytes(bytearray(range(256))) * 8192]


def with_close(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', '6')])
    me = threading.get_ident()
    return Result([b'abc', b'def'], lambda: sys.stderr.write('closed in the same thread: %s\n' % (threading.get_ident() == me)))


def slow_close(environ, start_response):
    """close() waits for the file of the query."""
    path = environ['QUERY_STRING']

    def wait():
        while not os.path.exists(path):
            time.sleep(0.005)
        sys.stderr.write('close has returned\n')

    start_response('200 OK', TEXT)
    return Result([b'all'], wait)


def close_raises(environ, start_response):
    def fail():
        raise KeyError('from close')

    start_response('200 OK', TEXT)
    return Result([b'all'], fail)


def endless(environ, start_response):
    start_response('200 OK', TEXT)
    return Result((b'x' * 1000 for _ in iter(int, 1)), lambda: sys.stderr.write('endless was closed\n'))


def endless_write(environ, start_response):
    write = start_response('200 OK', TEXT)
    try:
        while True:
            write(b'x' * 1000)
    finally:
        sys.stderr.write('endless_write has ended\n')


def over_length(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', '3')])
    return Result(b'x' for _ in iter(int, 1))


def raises(environ, start_response):
    raise ValueError('an error of the application')


def raises_late(environ, start_response):
    start_response('200 OK', TEXT)
    yield b'some'
    raise ValueError('after the head')


def raises_in_iterable(environ, start_response):
    def chunks():
        raise ValueError('in the iterable')
        yield b''

    start_response('200 OK', TEXT)
    return Result(chunks(), lambda: sys.stderr.write('closed after the error\n'))


def exits(environ, start_response):
    kind = {'/exit': SystemExit, '/interrupt': KeyboardInterrupt, '/generator': GeneratorExit}.get(environ['PATH_INFO'])
    if kind:
        raise kind('from the application')
    return hello(environ, start_response)


def exc_info_before(environ, start_response):
    start_response('200 OK', TEXT)
    try:
        raise ValueError('seen')
    except ValueError:
        start_response('500 Oops', [('Content-Type', 'text/html')], sys.exc_info())
    return [b'an error page']


def exc_info_after(environ, start_response):
    write = start_response('200 OK', TEXT)
    write(b'begun')
    try:
        raise ValueError('raised again')
    except ValueError:
        start_response('500 Oops', TEXT, sys.exc_info())
    return [b'never']


def no_start(environ, start_response):
    return [b'body']


def no_start_empty(environ, start_response):
    return iter(())


def none(environ, start_response):
    start_response('200 OK', TEXT)


def mistakes(environ, start_response):
    """Makes the mistake that the path names; answers 200 with the name of the error that it met."""
    made = {
        '/twice': lambda: (start_response('200 OK', TEXT), start_response('200 OK', TEXT)),
        '/status-type': lambda: start_response(200, TEXT),
        '/status-bytes': lambda: start_response(b'200 OK', TEXT),
        '/status-short': lambda: start_response('200', TEXT),
        '/status-word': lambda: start_response('OK 200', TEXT),
        '/status-line': lambda: start_response('200 OK\r\nX: y', TEXT),
        '/headers-tuple': lambda: start_response('200 OK', tuple(TEXT)),
        '/header-list': lambda: start_response('200 OK', [['A', 'b']]),
        '/header-three': lambda: start_response('200 OK', [('A', 'b', 'c')]),
        '/name-bytes': lambda: start_response('200 OK', [(b'A', 'b')]),
        '/value-int': lambda: start_response('200 OK', [('Content-Length', 5)]),
        '/value-line': lambda: start_response('200 OK', [('A', 'b\r\nSet-Cookie: c')]),
        '/value-feed': lambda: start_response('200 OK', [('A', 'b\nC')]),
        '/name-feed': lambda: start_response('200 OK', [('A\nB', 'b')]),
        '/value-nul': lambda: start_response('200 OK', [('A', 'b\0')]),
        '/value-wide': lambda: start_response('200 OK', [('A', '\u20ac')]),
        '/huge': lambda: start_response('200 OK', [('A', 'b' * 1000000)]),
        '/write-text': lambda: start_response('200 OK', TEXT)('text'),
        '/hints-bad': lambda: environ['wsgi.early_hints']([('Link', 'a\nb')]),
    }[environ['PATH_INFO']]
    caught = None
    try:
        made()
    except Exception as error:
        caught = error
    names = ','.join(kind.__name__ for kind in (TypeError, AssertionError, ValueError) if isinstance(caught, kind))
    try:
        raise caught
    except Exception:
        start_response('200 OK', TEXT, sys.exc_info())
    return [names.encode()]


def yields_text(environ, start_response):
    start_response('200 OK', TEXT)
    yield 'text'


def returns_text_list(environ, start_response):
    start_response('200 OK', TEXT)
    return ['text']


def early_hints(environ, start_response):
    environ['wsgi.early_hints']([('Link', '</style.css>; rel=preload')])
    environ['wsgi.early_hints']([('Link', '</script.js>; rel=preload')])
    start_response('200 OK', TEXT)
    return [b'page']


def errors(environ, start_response):
    stream = environ['wsgi.errors']
    stream.write('first line\nsecond ')
    stream.write('line\n')
    stream.writelines(['third\n', 'unfinished'])
    stream.flush()
    print('left over', end='', file=stream)
    start_response('200 OK', TEXT)
    return [b'ok']


def file_wrapper(environ, start_response):
    class File(io.BytesIO):
        def close(self):
            sys.stderr.write('the file was closed\n')
            super().close()

    start_response('200 OK', TEXT)
    return environ['wsgi.file_wrapper'](File(b'0123456789' * 10), 30)


def wait_for_peer(environ, start_response):
    """Two requests meet here: each goes on only when the other has come."""
    meeting.wait(15)
    start_response('200 OK', TEXT)
    return [threading.current_thread().name.encode()]


meeting = threading.Barrier(2)


def upload_then(environ, start_response):
    """Streams the size of its body, read in small pieces."""
    total = 0
    while True:
        data = environ['wsgi.input'].read(10000)
        if not data:
            break
        total += len(data)
    start_response('200 OK', TEXT)
    return [str(total).encode()]


def ignores_body(environ, start_response):
    start_response('200 OK', TEXT)
    return [b'not read']


def reads_gone(environ, start_response):
    sys.stderr.write('reading\n')
    try:
        environ['wsgi.input'].read()
    except OSError as error:
        sys.stderr.write('read raised %s %s\n' % (type(error).__name__, isinstance(error, ConnectionResetError)))
        raise
    return hello(environ, start_response)


def stays(environ, start_response):
    """Waits for the file of the query."""
    sys.stderr.write('waiting\n')
    while not os.path.exists(environ['QUERY_STRING']):
        time.sleep(0.005)
    return hello(environ, start_response)


def forks(environ, start_response):
    """A child that is sent SIGTERM dies of it and tells nobody."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.write(writer, b'x')
        time.sleep(20)
        os._exit(0)
    os.read(reader, 1)
    os.kill(pid, 15)
    status = os.waitpid(pid, 0)[1]
    start_response('200 OK', TEXT)
    return [b'signal %d' % os.WTERMSIG(status)]


def python_path(environ, start_response):
    start_response('200 OK', TEXT)
    return [repr((sys.path, sys.argv, os.getcwd())).encode()]


def mixed(environ, start_response):
    """The application that the path names."""
    return {'/hello': hello, '/upload': upload_then, '/endless': endless}[environ['PATH_INFO']](environ, start_response)


class Nested:
    app = staticmethod(hello)


def make(name='made', *, times=1):
    def made(environ, start_response):
        start_response('200 OK', TEXT)
        return [name.encode() * times]

    return made


class ClassApp:
    """A class is a WSGI application too: it is called with two arguments and iterated."""

    def __init__(self, environ, start_response):
        self.start_response = start_response

    def __iter__(self):
        self.start_response('200 OK', TEXT)
        yield b'a class'


async def asgi(scope, receive, send):
    pass


class AsgiObject:
    async def __call__(self, scope, receive, send):
        pass


asgi_object = AsgiObject()
number = 7
valid_generator = validator(generator)
valid_writes = validator(writes)
valid_with_close = validator(with_close)
valid_early_hints = validator(early_hints)
valid_file_wrapper = validator(file_wrapper)
valid_errors = validator(errors)
valid_exc_info_before = validator(exc_info_before)
application = hello
