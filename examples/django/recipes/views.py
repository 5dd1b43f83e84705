import asyncio
import hashlib
import time

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.handlers.asgi import ASGIRequest
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.generic import CreateView, ListView, View

from .forms import NoteForm, RecipeForm, UploadForm
from .models import Recipe, Upload


class RecipeList(ListView):
    paginate_by = 9

    def get_queryset(self):
        found = Recipe.objects.annotate(note_count=Count("notes")).order_by("title", "pk")
        words = self.request.GET.get("q", "").split()
        for word in words:
            found = found.filter(Q(title__icontains=word) | Q(ingredients__icontains=word))
        return found


class RecipeDetail(View):
    def get(self, request, slug):
        return self.page(request, slug, NoteForm())

    def post(self, request, slug):
        form = NoteForm(request.POST)
        if not form.is_valid():
            return self.page(request, slug, form)
        form.instance.recipe = get_object_or_404(Recipe, slug=slug)
        form.save()
        messages.success(request, "Thank you for your note.")
        return redirect(form.instance.recipe)

    def page(self, request, slug, form):
        recipe = get_object_or_404(Recipe.objects.select_related("author"), slug=slug)
        return render(request, "recipes/recipe_detail.html", {"recipe": recipe, "form": form})


class RecipeCreate(LoginRequiredMixin, CreateView):
    model = Recipe
    form_class = RecipeForm

    def form_valid(self, form):
        form.instance.author = self.request.user
        messages.success(self.request, "Your recipe is in the box.")
        return super().form_valid(form)


def uploads(request):
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        digest = hashlib.sha256()
        for chunk in file.chunks():
            digest.update(chunk)
        form.instance.size = file.size
        form.instance.sha256 = digest.hexdigest()
        form.save()
        messages.success(request, f"{file.name} has arrived: {file.size:,} bytes.")
        return redirect("recipes:uploads")
    page = Paginator(Upload.objects.all(), 20).get_page(request.GET.get("page"))
    return render(request, "recipes/uploads.html", {"form": form, "page_obj": page})


def tour(request):
    """What a server is asked to do besides ordinary pages."""
    shown = ["SERVER_SOFTWARE", "SERVER_PROTOCOL", "REMOTE_ADDR", "wsgi.url_scheme", "wsgi.multithread", "wsgi.multiprocess"]
    return render(request, "recipes/tour.html", {"environ": [(key, request.META.get(key)) for key in shown]})


def stream(request):
    """Lines that arrive one by one: ?lines=N (at most 600), ten a second."""
    count = whole_number(request.GET.get("lines"), default=50, most=600)

    def lines():
        for number in range(1, count + 1):
            yield f"{number} of {count}\n"
            if number < count:
                time.sleep(0.1)

    async def async_lines():
        for number in range(1, count + 1):
            yield f"{number} of {count}\n"
            if number < count:
                await asyncio.sleep(0.1)

    # Under ASGI Django collects what an ordinary generator yields before it sends anything.
    made = async_lines() if isinstance(request, ASGIRequest) else lines()
    return StreamingHttpResponse(made, content_type="text/plain; charset=utf-8")


def slow(request):
    """An answer that takes its time: ?seconds=N (at most 60)."""
    seconds = whole_number(request.GET.get("seconds"), default=3, most=60)
    time.sleep(seconds)
    return HttpResponse(f"This took {seconds} seconds.\n", content_type="text/plain; charset=utf-8")


def error(request):
    """A view with a fault: the traceback is in the log (and on the page while DEBUG is on)."""
    kettle = {"water": 1}
    return HttpResponse(kettle["tea"])


def api(request):
    recipes = Recipe.objects.values("title", "slug", "minutes", "serves")
    return JsonResponse({"count": len(recipes), "recipes": list(recipes)}, json_dumps_params={"ensure_ascii": False})


def whole_number(text, default, most):
    return min(int(text), most) if text and text.isascii() and text.isdigit() and len(text) < 7 else default
