def application(environ, start_response):
    """/204, /304, /418 …: that status, with a body where one is allowed; HEAD gets the headers of GET."""
    code = environ["PATH_INFO"].strip("/") or "200"
    empty = code in ("204", "304")
    body = b"" if empty or environ["REQUEST_METHOD"] == "HEAD" else b"status " + code.encode() + b"\n"
    headers = [] if empty else [("Content-Type", "text/plain"), ("Content-Length", str(len(code) + 8))]
    start_response(code + " Some Reason", headers)
    return [body]
