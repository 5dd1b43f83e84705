def application(environ, start_response):
    """Headers that are the server's, not the application's."""
    start_response(
        "200 OK",
        [
            ("Content-Type", "text/plain"),
            ("Connection", "close, X-Secret"),
            ("Keep-Alive", "timeout=1"),
            ("Transfer-Encoding", "chunked"),
            ("X-Secret", "1"),
            ("Date", "Thu, 01 Jan 1970 00:00:00 GMT"),
            ("Server", "other"),
        ],
    )
    return [b"hello"]
