def application(environ, start_response):
    raise RuntimeError("raised before the head")
