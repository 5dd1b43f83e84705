import threading

PARTIES = 4
barrier = threading.Barrier(PARTIES)


def application(environ, start_response):
    """Answers only when four requests run at the same time in this process."""
    try:
        barrier.wait(10)
        body = b"met"
    except threading.BrokenBarrierError:
        barrier.reset()
        body = b"alone"
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [body]
