import hashlib
import json

import django
from django.http import FileResponse, HttpResponse, HttpResponseRedirect, JsonResponse, StreamingHttpResponse

import sample


def digest(chunks):
    hashed, size = hashlib.sha256(), 0
    for chunk in chunks:
        hashed.update(chunk)
        size += len(chunk)
    return {"size": size, "sha256": hashed.hexdigest()}


def text(value):
    return HttpResponse(value, content_type="text/plain; charset=utf-8")


def index(request):
    return HttpResponse("<h1>Hello from Django</h1>")


def hello(request, name):
    return text(f"Hello, {name}!")


def query(request):
    return JsonResponse({"word": request.GET.get("word")})


def where(request):
    return JsonResponse(
        {
            "url": request.build_absolute_uri(),
            "address": request.META["REMOTE_ADDR"],
            "scheme": request.scheme,
            "secure": request.is_secure(),
        }
    )


def form(request):
    return text(f"Hello, {request.POST['name']}!")


def json_view(request):
    return JsonResponse({"sum": sum(json.loads(request.body)["numbers"])})


def upload(request):
    file = request.FILES["file"]
    return JsonResponse({"name": file.name, **digest(file.chunks())})


def raw(request):
    return JsonResponse(digest(iter(lambda: request.read(65536), b"")))


def stream(request):
    return StreamingHttpResponse((f"{n}\n" for n in range(1, 6)), content_type="text/plain")


def file(request):
    return FileResponse(open(sample.path(), "rb"), content_type="application/octet-stream")


def cookies(request):
    response = text("two cookies")
    response.set_cookie("one", "1")
    response.set_cookie("two", "2")
    return response


def away(request):
    return HttpResponseRedirect("/")


def empty(request):
    response = HttpResponse(status=204)
    del response["Content-Type"]  # Django sets it always; wsgiref.validate finds fault with that
    return response


def fail(request):
    raise RuntimeError("raised on purpose")


def session(request):
    """Counts the visits of one browser in a signed cookie."""
    request.session["visits"] = request.session.get("visits", 0) + 1
    return JsonResponse({"visits": request.session["visits"]})


def version(request):
    return JsonResponse({"version": django.get_version()})
