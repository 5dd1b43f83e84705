import sys

from answers import http, respond


@http
async def application(scope, receive, send):
    """SystemExit is an error of the request, not the end of the server."""
    if scope["path"] == "/exit":
        sys.exit("leaving")
    await respond(send, b"still here")
