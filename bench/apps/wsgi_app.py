"""What the servers are compared with under WSGI: /, /10k, POST /echo."""

BODY_10K = b"x" * 10_240


def application(environ, start_response):
    path = environ["PATH_INFO"]
    body = b"Hello, World!"
    if path == "/10k":
        body = BODY_10K
    elif path == "/echo":
        body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
