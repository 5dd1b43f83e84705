from answers import http, start


@http
async def application(scope, receive, send):
    """The head was given but not sent: the client must see 500, not it."""
    await start(send)
    raise RuntimeError("raised after the head")
