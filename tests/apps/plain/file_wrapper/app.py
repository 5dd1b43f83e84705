import io

import sample


def application(environ, start_response):
    """/ sends a real file, /memory one that has no descriptor, /part a file from its middle on."""
    wrapper = environ["wsgi.file_wrapper"]
    path = environ["PATH_INFO"]
    headers = [("Content-Type", "application/octet-stream")]
    if path == "/memory":
        start_response("200 OK", headers)
        return wrapper(io.BytesIO(sample.BYTES), 4096)
    file = open(sample.path(), "rb")
    start = 1000 if path == "/part" else 0
    file.seek(start)
    start_response("200 OK", headers + [("Content-Length", str(len(sample.BYTES) - start))])
    return wrapper(file)
