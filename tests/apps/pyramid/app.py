import hashlib

from pyramid.config import Configurator
from pyramid.httpexceptions import HTTPFound, HTTPNoContent
from pyramid.response import FileResponse, Response

import sample


def digest(data):
    return {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def text(value):
    return Response(value, content_type="text/plain", charset="utf-8")


def index(request):
    return Response("<h1>Hello from Pyramid</h1>")


def hello(request):
    return text(f"Hello, {request.matchdict['name']}!")


def query(request):
    return Response(json_body={"word": request.GET.get("word")})


def where(request):
    return Response(
        json_body={
            "url": request.url,
            "address": request.remote_addr,
            "scheme": request.scheme,
            "secure": request.scheme == "https",
        }
    )


def form(request):
    return text(f"Hello, {request.POST['name']}!")


def json(request):
    return Response(json_body={"sum": sum(request.json_body["numbers"])})


def upload(request):
    file = request.POST["file"]
    return Response(json_body={"name": file.filename, **digest(file.file.read())})


def raw(request):
    return Response(json_body=digest(request.body))


def stream(request):
    return Response(app_iter=(b"%d\n" % n for n in range(1, 6)), content_type="text/plain")


def file(request):
    return FileResponse(sample.path(), request=request, content_type="application/octet-stream")


def cookies(request):
    response = text("two cookies")
    response.set_cookie("one", "1")
    response.set_cookie("two", "2")
    return response


def away(request):
    return HTTPFound("/")


def empty(request):
    return HTTPNoContent()


def fail(request):
    raise RuntimeError("raised on purpose")


with Configurator() as config:
    for address, view, method in [
        ("/", index, "GET"),
        ("/hello/{name}", hello, "GET"),
        ("/query", query, "GET"),
        ("/where", where, "GET"),
        ("/form", form, "POST"),
        ("/json", json, "POST"),
        ("/upload", upload, "POST"),
        ("/raw", raw, "POST"),
        ("/stream", stream, "GET"),
        ("/file", file, "GET"),
        ("/cookies", cookies, "GET"),
        ("/redirect", away, "GET"),
        ("/empty", empty, "GET"),
        ("/raise", fail, "GET"),
    ]:
        config.add_route(view.__name__, address)
        config.add_view(view, route_name=view.__name__, request_method=method)
    app = config.make_wsgi_app()
