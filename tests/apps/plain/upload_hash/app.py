import hashlib
import json


def application(environ, start_response):
    """Reads the body in pieces of 64 KiB; answers its size and digest, and how many reads it took."""
    digest, size, reads = hashlib.sha256(), 0, 0
    while True:
        chunk = environ["wsgi.input"].read(65536)
        if not chunk:
            break
        digest.update(chunk)
        size += len(chunk)
        reads += 1
    body = json.dumps({"size": size, "sha256": digest.hexdigest(), "reads": reads}).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
