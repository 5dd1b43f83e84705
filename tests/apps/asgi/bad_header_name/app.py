from answers import http, respond

NAMES = {"/space": b"X Name", "/colon": b"X:Name", "/empty": b"", "/crlf": b"X\r\nX-Injected", "/unicode": "X-Näme".encode()}


@http
async def application(scope, receive, send):
    await respond(send, b"never seen", [(NAMES.get(scope["path"], b"X Name"), b"v")])
