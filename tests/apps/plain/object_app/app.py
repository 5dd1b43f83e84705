class Application:
    """A callable object under the second default name, `app`; the iterable is an object too."""

    def __call__(self, environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return iter((b"an ", b"object"))


app = Application()
