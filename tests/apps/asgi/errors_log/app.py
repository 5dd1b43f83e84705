from answers import http, respond


@http
async def application(scope, receive, send):
    """For the access log only: ASGI gives a request no error stream."""
    await respond(send, b"logged")
