"""What the applications in this folder share: short words for the messages of ASGI."""

TEXT = ((b"content-type", b"text/plain"),)


def http(application):
    """Leaves lifespan and WebSockets to those applications that are about them."""

    async def only_http(scope, receive, send):
        if scope["type"] == "http":
            await application(scope, receive, send)

    return only_http


async def start(send, status=200, headers=TEXT, **more):
    await send({"type": "http.response.start", "status": status, "headers": headers, **more})


async def write(send, body=b"", more=False):
    await send({"type": "http.response.body", "body": body, "more_body": more})


async def respond(send, body, headers=TEXT, status=200):
    await start(send, status, headers)
    await write(send, body)


async def chunks(receive):
    """The body of a request as it comes."""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionError("the client has gone")
        yield message.get("body", b"")
        if not message.get("more_body"):
            return


async def whole(receive):
    return b"".join([chunk async for chunk in chunks(receive)])
