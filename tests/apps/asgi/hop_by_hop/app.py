from answers import http, respond


@http
async def application(scope, receive, send):
    """Headers that are the server's, not the application's."""
    headers = [
        (b"Content-Type", b"text/plain"),
        (b"Content-Length", b"5"),
        (b"Connection", b"close, X-Secret"),
        (b"Keep-Alive", b"timeout=1"),
        (b"Transfer-Encoding", b"chunked"),
        (b"X-Secret", b"1"),
        (b"Date", b"Thu, 01 Jan 1970 00:00:00 GMT"),
        (b"Server", b"other"),
    ]
    await respond(send, b"hello", headers)
