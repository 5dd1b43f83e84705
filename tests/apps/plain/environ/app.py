import json


def application(environ, start_response):
    """The environ as JSON: strings as they are, other values by their repr and type."""
    shown = {
        key: value if isinstance(value, str) else {"type": type(value).__name__, "repr": repr(value)}
        for key, value in sorted(environ.items())
    }
    body = json.dumps(shown).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
