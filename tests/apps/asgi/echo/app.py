from answers import http, respond, whole


@http
async def application(scope, receive, send):
    """The body comes back, with its type."""
    body = await whole(receive)
    kind = dict(scope["headers"]).get(b"content-type", b"application/octet-stream")
    await respond(send, body, [(b"content-type", kind), (b"content-length", b"%d" % len(body))])
