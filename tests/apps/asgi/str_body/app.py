from answers import http, respond


@http
async def application(scope, receive, send):
    await respond(send, "a str, not bytes")
