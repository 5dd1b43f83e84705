from answers import http, respond


@http
async def application(scope, receive, send):
    await respond(send, b"12345", [(b"content-length", b"5"), (b"content-length", b"6")])
