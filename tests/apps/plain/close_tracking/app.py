import json
import threading

seen = []
lock = threading.Lock()


class Body:
    """Remembers that it was closed, how often, after how many items, and in which thread."""

    def __init__(self, label, items, broken):
        self.label, self.items, self.broken = label, iter(range(items)), broken
        self.thread, self.taken = threading.get_ident(), 0

    def __iter__(self):
        return self

    def __next__(self):
        number = next(self.items)
        if self.broken and number == 2:
            raise RuntimeError("broken in the middle")
        self.taken += 1
        return b"x" * 1000

    def close(self):
        with lock:
            seen.append({"label": self.label, "taken": self.taken, "thread": threading.get_ident() == self.thread})


def application(environ, start_response):
    """/LABEL?items[&broken] makes a body of 1,000-byte items; /seen tells what was closed."""
    start_response("200 OK", [("Content-Type", "application/json")])
    label, query = environ["PATH_INFO"].lstrip("/"), environ.get("QUERY_STRING", "")
    if label == "seen":
        with lock:
            return [json.dumps(seen).encode()]
    items, _, broken = query.partition("&")
    return Body(label, int(items or 3), bool(broken))
