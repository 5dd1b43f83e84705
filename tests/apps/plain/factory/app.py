def make(greeting="Hello", times=1):
    """For targets such as app:make() and app:make("Hi", times=2)."""

    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [(" ".join([greeting] * times)).encode()]

    return application
