"""Tells what of a request arrived, as JSON: method, target, headers and body, bytes as latin-1 code points."""

import json


def application(environ, start_response):
    body = environ["wsgi.input"].read()
    names = [key for key in environ if key.startswith("HTTP_") or key in ("CONTENT_TYPE", "CONTENT_LENGTH")]
    seen = {
        "method": environ["REQUEST_METHOD"],
        "uri": environ["RAW_URI"],
        "path": environ["PATH_INFO"],
        "query": environ["QUERY_STRING"],
        "version": environ["SERVER_PROTOCOL"],
        "headers": {key.replace("HTTP_", "", 1): environ[key] for key in names},
        "body": body.decode("latin-1"),
    }
    answer = json.dumps(seen).encode("ascii")
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
    return [answer]
