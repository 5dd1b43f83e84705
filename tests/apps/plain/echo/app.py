def application(environ, start_response):
    """The body comes back, with its type."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    stream, chunks = environ["wsgi.input"], []
    while True:
        chunk = stream.read(min(length, 65536) if length else 65536)
        if not chunk:
            break
        chunks.append(chunk)
    body = b"".join(chunks)
    kind = environ.get("CONTENT_TYPE") or "application/octet-stream"
    start_response("200 OK", [("Content-Type", kind), ("Content-Length", str(len(body)))])
    return [body]
