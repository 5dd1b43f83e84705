def aplication(environ, start_response):
    """Misspelt: neither `application` nor `app`."""
    raise AssertionError
