import sys


def application(environ, start_response):
    """A head that was sent cannot be replaced: start_response raises the error it was given."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"sent already\n"
    try:
        raise RuntimeError("after the first byte")
    except RuntimeError:
        start_response("500 Internal Server Error", [("Content-Type", "text/plain")], sys.exc_info())
    yield b"never seen"
