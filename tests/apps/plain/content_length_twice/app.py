def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "5"), ("Content-Length", "6")])
    return [b"12345"]
