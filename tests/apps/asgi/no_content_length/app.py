from answers import http, start, write


@http
async def application(scope, receive, send):
    await start(send)
    await write(send, b"no length, ", more=True)
    await write(send, b"two parts")
