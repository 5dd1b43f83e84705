def application(environ, start_response):
    """A hint that tries to inject a header."""
    environ["wsgi.early_hints"]([("Link", "a\r\nX-Injected: yes")])
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"never seen"]
