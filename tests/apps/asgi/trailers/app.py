from answers import http, start, write


@http
async def application(scope, receive, send):
    """Trailers in two messages, if the client may be sent some."""
    assert "http.response.trailers" in scope["extensions"]
    await start(send, headers=[(b"trailer", b"x-sum, x-more")], trailers=True)
    await write(send, b"body")
    await send({"type": "http.response.trailers", "headers": [(b"x-sum", b"4")], "more_trailers": True})
    await send({"type": "http.response.trailers", "headers": [(b"x-more", b"5")]})
