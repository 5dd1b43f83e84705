import json


def application(environ, start_response):
    """Every way to read that PEP 3333 names, on one body of several lines."""
    stream = environ["wsgi.input"]
    result = {
        "read": stream.read(3).decode("latin-1"),
        "readline": stream.readline().decode("latin-1"),
        "readline_size": stream.readline(2).decode("latin-1"),
        "iteration": next(iter(stream)).decode("latin-1"),
        "readlines": [line.decode("latin-1") for line in stream.readlines(1000000)],
        "end": stream.read(10).decode("latin-1"),
    }
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(result).encode()]
