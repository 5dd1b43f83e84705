def application(environ, start_response):
    """?length adds Content-Length. The answer must not look complete."""
    headers = [("Content-Type", "text/plain")]
    if environ.get("QUERY_STRING") == "length":
        headers.append(("Content-Length", "1000"))
    start_response("200 OK", headers)
    yield b"the beginning\n"
    raise RuntimeError("raised in the middle")
