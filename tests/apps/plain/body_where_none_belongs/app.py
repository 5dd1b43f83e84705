def application(environ, start_response):
    """A body after 204, 304 or HEAD: never to be sent."""
    code = environ["PATH_INFO"].strip("/") or "200"
    start_response(code + " Status", [] if code in ("204", "304") else [("Content-Type", "text/plain")])
    return [b"a body that does not belong here"]
