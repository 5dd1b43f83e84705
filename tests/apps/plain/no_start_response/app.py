def application(environ, start_response):
    return [b"no head was ever given"]
