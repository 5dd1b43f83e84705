from answers import http, write


@http
async def application(scope, receive, send):
    await write(send, b"no head was ever given")
