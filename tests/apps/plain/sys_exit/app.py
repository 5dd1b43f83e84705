import sys


def application(environ, start_response):
    """SystemExit is an error of the request, not the end of the server."""
    if environ["PATH_INFO"] == "/exit":
        sys.exit("leaving")
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"still here"]
