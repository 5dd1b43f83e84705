from urllib.parse import parse_qs

from answers import http, start, write

BLOCK = bytes(range(256)) * 256


@http
async def application(scope, receive, send):
    """?bytes=N (default 10 MB), 64 KiB at a time; &length adds Content-Length."""
    query = parse_qs(scope["query_string"].decode(), keep_blank_values=True)
    left = int(query.get("bytes", ["10000000"])[0])
    await start(send, headers=[(b"content-length", b"%d" % left)] if "length" in query else [])
    while left > 0:
        await write(send, BLOCK[:left], more=True)
        left -= len(BLOCK)
    await write(send)
