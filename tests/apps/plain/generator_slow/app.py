import time
from urllib.parse import parse_qs


def application(environ, start_response):
    """?items=N&pause=SECONDS: each item has to arrive when it is yielded."""
    query = parse_qs(environ.get("QUERY_STRING", ""))
    items, pause = int(query.get("items", ["5"])[0]), float(query.get("pause", ["0.1"])[0])
    start_response("200 OK", [("Content-Type", "text/plain")])
    for number in range(items):
        if number:
            time.sleep(pause)
        yield b"item %d\n" % number
