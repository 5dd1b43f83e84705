from answers import http, respond

BREAKS = {"/crlf": b"\r\n", "/lf": b"\n", "/cr": b"\r", "/nul": b"\0"}


@http
async def application(scope, receive, send):
    """Tries to add a header and a body of its own by line breaks."""
    await respond(send, b"never seen", [(b"x-value", b"a" + BREAKS.get(scope["path"], b"\r\n") + b"X-Injected: yes")])
