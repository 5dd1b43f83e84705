def application(environ, start_response):
    """Answers without a look at the body."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "6")])
    return [b"unread"]
