import json

from answers import http, respond

NAMES = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}


@http
async def application(scope, receive, send):
    """The scope as the environ that the ASGI specification ("WSGI Compatibility") makes of it."""
    root = scope["root_path"]
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": latin(root),
        "PATH_INFO": latin(scope["path"][len(root) :]),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": "HTTP/" + scope["http_version"],
        "SERVER_NAME": scope["server"][0],
        "REMOTE_ADDR": scope["client"][0] if scope["client"] else "",
        "wsgi.url_scheme": scope["scheme"],
        "licorne.request_id": scope["licorne.request_id"],
    }
    for name, value in scope["headers"]:
        name = name.decode("ascii")
        key = NAMES.get(name) or "HTTP_" + name.upper().replace("-", "_")
        value = value.decode("latin-1")
        if key in environ:
            value = environ[key] + ("; " if key == "HTTP_COOKIE" else ",") + value
        environ[key] = value
    await respond(send, json.dumps(environ).encode(), [(b"content-type", b"application/json")])


def latin(text):
    return text.encode().decode("latin-1")
