import asyncio
import sys

from answers import http, start, write


@http
async def application(scope, receive, send):
    """/LABEL as fast as it is taken, ?pause a little every 10 ms, ?bad under a header name that cannot be sent."""
    query = scope["query_string"]
    try:
        await start(send, headers=[(b"x\nbad" if query == b"bad" else b"x-good", b"1")])
        while True:
            await write(send, b"x" * (10 if query else 10000), more=True)
            if query == b"pause":
                await asyncio.sleep(0.01)
    finally:
        print("closed %s times=1 same_thread=True" % scope["path"].lstrip("/"), file=sys.stderr, flush=True)
