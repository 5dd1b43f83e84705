from answers import http, respond


@http
async def application(scope, receive, send):
    """/204, /304, /418 ...: that status, with a body where one is allowed; HEAD gets the headers of GET."""
    code = scope["path"].strip("/") or "200"
    empty = code in ("204", "304")
    body = b"" if empty or scope["method"] == "HEAD" else b"status " + code.encode() + b"\n"
    headers = [] if empty else [(b"content-type", b"text/plain"), (b"content-length", b"%d" % (len(code) + 8))]
    await respond(send, body, headers, int(code))
