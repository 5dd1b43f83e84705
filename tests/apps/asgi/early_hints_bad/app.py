from answers import http, respond


@http
async def application(scope, receive, send):
    """A hint that tries to inject a header."""
    await send({"type": "http.response.early_hint", "links": [b"a\r\nX-Injected: yes"]})
    await respond(send, b"never seen")
