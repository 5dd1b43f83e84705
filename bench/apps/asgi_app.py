"""What the servers are compared with under ASGI: /, /10k, /json, POST /echo, and WebSockets /echo and /broadcast."""

import json

ITEMS = [{"id": number, "name": "item %d" % number, "price": number * 1.25, "tags": ["a", "b"]} for number in range(15)]
JSON = [(b"content-type", b"application/json")]
BODY_10K = b"x" * 10_240
PLAIN = [(b"content-type", b"text/plain")]
sockets = set()


async def application(scope, receive, send):
    if scope["type"] == "http":
        await http(scope, receive, send)
    elif scope["type"] == "websocket":
        await websocket(scope, receive, send)
    else:
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return


async def http(scope, receive, send):
    path = scope["path"]
    kind = PLAIN
    body = b"Hello, World!"
    if path == "/10k":
        body = BODY_10K
    elif path == "/json":
        kind = JSON
        body = json.dumps({"items": ITEMS}).encode()
    elif path == "/echo":
        parts = []
        more = True
        while more:
            message = await receive()
            parts.append(message.get("body", b""))
            more = message.get("more_body", False)
        body = b"".join(parts)
    await send({"type": "http.response.start", "status": 200, "headers": [*kind, (b"content-length", b"%d" % len(body))]})
    await send({"type": "http.response.body", "body": body})


async def websocket(scope, receive, send):
    await receive()
    await send({"type": "websocket.accept"})
    sockets.add(send)
    everybody = scope["path"] == "/broadcast"
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            sockets.discard(send)
            return
        answer = {"type": "websocket.send", "text": message.get("text"), "bytes": message.get("bytes")}
        for to in list(sockets) if everybody else (send,):
            await to(answer)
