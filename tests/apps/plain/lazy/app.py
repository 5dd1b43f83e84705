import threading

lock = threading.Lock()
gates = {}


def gate(label):
    with lock:
        return gates.setdefault(label, threading.Event())


def application(environ, start_response):
    """/LABEL yields one item and makes the second only after /go/LABEL was asked for, in another thread."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    path = environ["PATH_INFO"]
    if path.startswith("/go/"):
        gate(path[4:]).set()
        return [b"gone"]

    def body():
        yield b"first\n"
        yield b"second\n" if gate(path[1:]).wait(20) else b"nobody came\n"

    return body()
