def application(environ, start_response):
    """Says 5 and sends 20."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5")])
    return [b"12345", b"678901234567890"]
