from answers import http, start, write


@http
async def application(scope, receive, send):
    """Parts of a body; some are empty."""
    await start(send)
    for part in (b"", b"one\n", b"", b"two\n"):
        await write(send, part, more=True)
    await write(send)
