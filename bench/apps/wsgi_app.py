"""What the servers are compared with under WSGI: /, /10k, /1m, /json, POST /echo, /fast and /slow."""

import json
import time

BODY_10K = b"x" * 10_240
BODY_1M = b"x" * 1_048_576
ITEMS = [{"id": number, "name": "item %d" % number, "price": number * 1.25, "tags": ["a", "b"]} for number in range(15)]


def application(environ, start_response):
    path = environ["PATH_INFO"]
    kind = "text/plain"
    body = b"Hello, World!"
    if path == "/10k":
        body = BODY_10K
    elif path == "/1m":
        body = BODY_1M
    elif path == "/json":
        kind = "application/json"
        body = json.dumps({"items": ITEMS}).encode()
    elif path == "/echo":
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    elif path == "/fast":
        time.sleep(0.002)
    elif path == "/slow":
        time.sleep(1)
    start_response("200 OK", [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]
