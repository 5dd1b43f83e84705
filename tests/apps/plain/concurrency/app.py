import threading
import time

lock = threading.Lock()
running = most = 0


def application(environ, start_response):
    """Counts how many requests ran at the same time in this process; /most tells the largest count."""
    global running, most
    if environ["PATH_INFO"] != "/most":
        with lock:
            running += 1
            most = max(most, running)
        time.sleep(0.2)
        with lock:
            running -= 1
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(most).encode()]
