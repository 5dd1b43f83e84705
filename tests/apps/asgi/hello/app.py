from answers import http, respond


@http
async def application(scope, receive, send):
    body = b"Hello, world!\n"
    await respond(send, body, [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(body))])
