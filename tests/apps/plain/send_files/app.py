"""Answers with a header that names a file. Every call leaves a line on stderr.

?accel= and ?sendfile= give the values of X-Accel-Redirect and X-Sendfile, header=Name:value any other, status= the status.
"""

from urllib.parse import parse_qsl


def application(environ, start_response):
    print("called for", environ["PATH_INFO"], file=environ["wsgi.errors"], flush=True)
    status = "200 OK"
    headers = []
    for name, value in parse_qsl(environ.get("QUERY_STRING", ""), encoding="latin-1"):
        if name == "accel":
            headers.append(("X-Accel-Redirect", value))
        elif name == "sendfile":
            headers.append(("X-Sendfile", value))
        elif name == "status":
            status = value
        elif name == "header":
            key, _, text = value.partition(":")
            headers.append((key, text))
    body = b"from the application"
    headers.append(("Content-Length", str(len(body))))
    start_response(status, headers)
    return [body]
