def application(environ, start_response):
    """start_response is called only when the first item is asked for, and items may be empty."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b""
    yield b"one\n"
    yield b""
    yield b"two\n"
