from answers import http, respond


@http
async def application(scope, receive, send):
    """Answers without a look at the body."""
    await respond(send, b"unread", [(b"content-type", b"text/plain"), (b"content-length", b"6")])
