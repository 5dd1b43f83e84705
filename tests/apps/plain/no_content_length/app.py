def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return iter([b"no length, ", b"two parts"])
