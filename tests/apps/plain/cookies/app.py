def application(environ, start_response):
    """Headers of the same name stay apart, and in order."""
    start_response("200 OK", [("Content-Type", "text/plain"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X-Latin", "caf\xe9")])
    return [environ.get("HTTP_COOKIE", "none").encode("latin-1")]
