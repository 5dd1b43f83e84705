from answers import http, respond, whole


@http
async def application(scope, receive, send):
    """receive() to the end of the body, whether it had a Content-Length or not."""
    await respond(send, await whole(receive), [(b"x-terminated", b"True")])
