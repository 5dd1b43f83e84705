"""Applications that give files to `wsgi.file_wrapper`; the query names how, RAW_PATH holds the file."""

import gzip
import io
import os
import sys
import tempfile


class Outer:
    """A wrapper in the manner of Django's File."""

    def __init__(self, file):
        self.file = file

    read = property(lambda self: self.file.read)


class Removing:
    """Its file is removed when it is closed."""

    def __init__(self, path):
        self.file = open(path, 'rb')
        self.read = self.file.read

    def close(self):
        os.unlink(self.file.name)
        self.file.close()
        sys.stderr.write('closed and removed\n')


def _text(path):
    return open(path, encoding='latin-1')


def _from_the_middle(path):
    file = open(path, 'rb')
    file.read(3)
    return file


def _at_the_end(path):
    file = open(path, 'rb')
    file.seek(0, 2)
    return file


def _unlinked(path):
    file = open(path, 'rb')
    os.unlink(path)
    return file


def _replaced(path):
    file = open(path, 'rb')
    os.rename(path, path + '.old')
    with open(path, 'wb') as other:
        other.write(b'another')
    return file


def _relative(path):
    os.chdir(os.path.dirname(path))
    file = open(os.path.basename(path), 'rb')
    os.chdir('/')
    return file


def _temporary(path):
    file = tempfile.NamedTemporaryFile()
    file.write(b'temporary')
    file.seek(0)
    return file


def _written(path):
    file = open(path, 'r+b')
    file.write(b'new')
    file.seek(0)
    return file


def _pipe(path):
    ours, theirs = os.pipe()
    os.write(theirs, b'piped')
    os.close(theirs)
    return open(ours, 'rb')


HOW = {
    'plain': lambda path: open(path, 'rb'),
    'unbuffered': lambda path: open(path, 'rb', buffering=0),
    'outer': lambda path: Outer(Outer(open(path, 'rb'))),
    'removing': Removing,
    'descriptor': lambda path: open(os.open(path, os.O_RDONLY), 'rb'),
    'middle': _from_the_middle,
    'written': _written,
    'moved': _replaced,
    'relative': _relative,
    'end': _at_the_end,
    'unlinked': _unlinked,
    'temporary': _temporary,
    'gzip': lambda path: gzip.GzipFile(path),
    'memory': lambda path: io.BytesIO(b'in memory'),
    'pipe': _pipe,
    'text': _text,
}


def app(environ, start_response):
    how, _, length = environ['QUERY_STRING'].partition('&')
    status = environ.get('HTTP_X_STATUS', '200 OK')
    headers = [('Content-Type', 'text/plain')]
    if length:
        headers.append(('Content-Length', length))
    write = start_response(status, headers)
    if how == 'write':
        write(b'first, ')
        how = 'plain'
    return environ['wsgi.file_wrapper'](HOW[how](environ['HTTP_X_FILE']), 4)


def middleware(environ, start_response):
    """A wrapper around the result: what it is, nobody can know."""
    return map(bytes.upper, app(environ, start_response))
