def application(environ, start_response):
    """read() without a size: to the end of the body, whether it had a Content-Length or not."""
    body = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "application/octet-stream"), ("X-Terminated", str(environ.get("wsgi.input_terminated")))])
    return [body, environ["wsgi.input"].read()]
