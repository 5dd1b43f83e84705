def application(environ, start_response):
    names = {"/space": "X Name", "/colon": "X:Name", "/empty": "", "/crlf": "X\r\nX-Injected", "/unicode": "X-Näme"}
    start_response("200 OK", [("Content-Type", "text/plain"), (names.get(environ["PATH_INFO"], "X Name"), "v")])
    return [b"never seen"]
