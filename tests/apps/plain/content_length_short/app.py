def application(environ, start_response):
    """Says 20 and sends 5."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "20")])
    return [b"12345"]
