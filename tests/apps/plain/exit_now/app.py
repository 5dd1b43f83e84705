import os


def application(environ, start_response):
    """The process is gone in the middle of a request (as after a fault in a C extension)."""
    if environ["PATH_INFO"] == "/exit":
        os._exit(7)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]
