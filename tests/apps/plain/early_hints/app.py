def application(environ, start_response):
    """103 before the answer, where the server offers it."""
    hint = environ.get("wsgi.early_hints")
    if hint:
        hint([("Link", "</style.css>; rel=preload; as=style")])
        hint([("Link", "</app.js>; rel=preload; as=script")])
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"hinted" if hint else b"no hints"]
