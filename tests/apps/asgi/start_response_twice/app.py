from answers import http, start, write


@http
async def application(scope, receive, send):
    await start(send)
    await start(send)
    await write(send, b"never seen")
