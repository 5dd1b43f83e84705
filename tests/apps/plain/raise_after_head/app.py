def application(environ, start_response):
    """The head was given but not sent: the client must see 500, not it."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    raise RuntimeError("raised after the head")
