from answers import http, respond


@http
async def application(scope, receive, send):
    """Says 20 and sends 5."""
    await respond(send, b"12345", [(b"content-length", b"20")])
