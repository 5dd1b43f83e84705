def application(environ, start_response):
    """The old way: write() first, then an iterable."""
    write = start_response("200 OK", [("Content-Type", "text/plain")])
    write(b"written ")
    write(b"twice, ")
    return [b"then returned"]
