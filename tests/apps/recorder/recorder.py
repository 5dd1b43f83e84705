"""The same record from WSGI and ASGI: whatever server runs them, `RECORD` gets a line for each request."""

import json
import os


def record(method, target, headers, body):
    line = json.dumps({"method": method, "target": target, "headers": headers, "body": body.decode("latin-1")})
    with open(os.environ["RECORD"], "a") as file:
        file.write(line + "\n")


def wsgi(environ, start_response):
    stream, chunks = environ["wsgi.input"], []
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if environ.get("wsgi.input_terminated"):
        chunks.append(stream.read())
    else:
        while length > 0:
            chunk = stream.read(length)
            if not chunk:
                break
            chunks.append(chunk)
            length -= len(chunk)
    headers = {key[5:].replace("_", "-").lower(): value for key, value in environ.items() if key.startswith("HTTP_")}
    path = environ["PATH_INFO"]
    query = environ.get("QUERY_STRING")
    record(environ["REQUEST_METHOD"], path + ("?" + query if query else ""), headers, b"".join(chunks))
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
    return [b"ok"]


async def asgi(scope, receive, send):
    if scope["type"] != "http":
        return
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            # It was cut off: nobody asked for anything.
            return
        body += message["body"]
        more = message.get("more_body", False)
    headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    query = scope["query_string"].decode("latin-1")
    record(scope["method"], scope["path"] + ("?" + query if query else ""), headers, body)
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})
