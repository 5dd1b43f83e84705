from answers import http, respond


@http
async def application(scope, receive, send):
    """Headers of the same name stay apart, and in order."""
    headers = [(b"content-type", b"text/plain"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"), (b"x-latin", b"caf\xe9")]
    await respond(send, dict(scope["headers"]).get(b"cookie", b"none"), headers)
