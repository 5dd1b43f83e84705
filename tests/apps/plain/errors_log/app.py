def application(environ, start_response):
    """Writes to wsgi.errors in every way, then to stdout and stderr."""
    import sys

    errors = environ["wsgi.errors"]
    errors.write("errors: written ünïcode\n")
    errors.writelines(["errors: line one\n", "errors: line two\n"])
    errors.flush()
    print("stdout: printed")
    print("stderr: printed", file=sys.stderr)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"logged"]
