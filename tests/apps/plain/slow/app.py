import os
import threading
import time
from urllib.parse import parse_qs


def application(environ, start_response):
    """?seconds=N: says so in the log, sleeps, then tells which process and thread it was."""
    seconds = float(parse_qs(environ.get("QUERY_STRING", "")).get("seconds", ["0"])[0])
    if seconds:
        environ["wsgi.errors"].write("begins to sleep\n")
        time.sleep(seconds)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{os.getpid()} {threading.get_ident()}".encode()]
