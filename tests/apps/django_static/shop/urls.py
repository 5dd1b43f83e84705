import sys

from django.http import HttpResponse
from django.templatetags.static import static
from django.urls import re_path


def page(request):
    """Every address is the application's; a line on stderr tells that it was asked."""
    print("called for", request.path, file=sys.stderr, flush=True)
    name = request.GET.get("static")
    return HttpResponse(static(name) if name else f"the application at {request.path}")


urlpatterns = [re_path("", page)]
