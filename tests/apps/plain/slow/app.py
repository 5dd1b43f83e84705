import os
import threading
import time
from urllib.parse import parse_qs


def application(environ, start_response):
    """?seconds=N: sleeps, then tells which process and thread it was."""
    time.sleep(float(parse_qs(environ.get("QUERY_STRING", "")).get("seconds", ["0"])[0]))
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"{os.getpid()} {threading.get_ident()}".encode()]
