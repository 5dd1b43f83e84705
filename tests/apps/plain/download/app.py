from urllib.parse import parse_qs


def application(environ, start_response):
    """?bytes=N (default 10 MB), made 64 KiB at a time; &length adds Content-Length, &events calls it a stream of events."""
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    left = int(query.get("bytes", ["10000000"])[0])
    kind = "text/event-stream" if "events" in query else "application/octet-stream"
    headers = [("Content-Type", kind)]
    if "length" in query:
        headers.append(("Content-Length", str(left)))
    start_response("200 OK", headers)
    block = bytes(range(256)) * 256

    def body():
        remaining = left
        while remaining > 0:
            yield block[:remaining]
            remaining -= len(block)

    return body()
