from answers import http


@http
async def application(scope, receive, send):
    raise RuntimeError("raised before the head")
