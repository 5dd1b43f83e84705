from answers import TEXT, http, respond


@http
async def application(scope, receive, send):
    """A body after 204, 304 or HEAD: never to be sent."""
    code = int(scope["path"].strip("/") or "200")
    await respond(send, b"a body that does not belong here", [] if code in (204, 304) else TEXT, code)
