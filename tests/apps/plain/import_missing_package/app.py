import a_package_nobody_has  # noqa: F401


def application(environ, start_response):
    raise AssertionError
