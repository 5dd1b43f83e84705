import sys


def application(environ, start_response):
    """A head that was not sent yet is replaced by the error's."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-First", "yes")])
    try:
        raise RuntimeError("before the first byte")
    except RuntimeError:
        start_response("503 Service Unavailable", [("Content-Type", "text/plain")], sys.exc_info())
    return [b"replaced"]
