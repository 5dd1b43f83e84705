from answers import http, start, write


@http
async def application(scope, receive, send):
    """?length adds Content-Length. The answer must not look complete."""
    await start(send, headers=[(b"content-length", b"1000")] if scope["query_string"] == b"length" else [])
    await write(send, b"the beginning\n", more=True)
    raise RuntimeError("raised in the middle")
