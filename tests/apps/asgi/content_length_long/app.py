from answers import http, start, write


@http
async def application(scope, receive, send):
    """Says 5 and sends 20."""
    await start(send, headers=[(b"content-length", b"5")])
    await write(send, b"12345", more=True)
    await write(send, b"678901234567890")
