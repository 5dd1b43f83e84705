def application(environ, start_response):
    statuses = {"/text": "OK", "/short": "20 OK", "/crlf": "200 OK\r\nX-Injected: yes", "/int": 200, "/bytes": b"200 OK", "/big": "1000 Much"}
    start_response(statuses.get(environ["PATH_INFO"], "OK"), [("Content-Type", "text/plain")])
    return [b"never seen"]
