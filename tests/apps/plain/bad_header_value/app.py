def application(environ, start_response):
    """Tries to add a header and a body of its own by line breaks."""
    breaks = {"/crlf": "\r\n", "/lf": "\n", "/cr": "\r", "/nul": "\0"}
    value = "a" + breaks.get(environ["PATH_INFO"], "\r\n") + "X-Injected: yes"
    start_response("200 OK", [("Content-Type", "text/plain"), ("X-Value", value)])
    return [b"never seen"]
