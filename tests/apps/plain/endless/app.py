import threading
import time


class Body:
    """Never ends; says in the log when it is closed, how often, and whether by the thread that made it."""

    def __init__(self, label, pause, errors):
        self.label, self.pause, self.errors = label, pause, errors
        self.thread, self.closed = threading.get_ident(), 0

    def __iter__(self):
        return self

    def __next__(self):
        time.sleep(self.pause)
        return b"x" * (10 if self.pause else 10000)

    def close(self):
        self.closed += 1
        same = self.thread == threading.get_ident()
        self.errors.write(f"closed {self.label} times={self.closed} same_thread={same}\n")


def application(environ, start_response):
    """/LABEL as fast as it is taken, ?pause a little every 10 ms, ?bad under a header name that cannot be sent."""
    query = environ.get("QUERY_STRING", "")
    name = "X Bad" if query == "bad" else "X-Good"
    start_response("200 OK", [("Content-Type", "text/plain"), (name, "1")])
    return Body(environ["PATH_INFO"].lstrip("/"), 0.01 if query == "pause" else 0, environ["wsgi.errors"])
