from answers import http, respond

STATUSES = {"/text": "OK", "/short": 20, "/crlf": "200 OK\r\nX-Injected: yes", "/int": True, "/bytes": b"200", "/big": 1000}


@http
async def application(scope, receive, send):
    await respond(send, b"never seen", status=STATUSES.get(scope["path"], "OK"))
