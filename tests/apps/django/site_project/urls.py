from django.urls import path

from . import async_views, views

urlpatterns = [
    path("", views.index),
    path("hello/<str:name>", views.hello),
    path("query", views.query),
    path("where", views.where),
    path("form", views.form),
    path("json", views.json_view),
    path("upload", views.upload),
    path("raw", views.raw),
    path("stream", views.stream),
    path("file", views.file),
    path("cookies", views.cookies),
    path("redirect", views.away),
    path("empty", views.empty),
    path("raise", views.fail),
    path("session", views.session),
    path("version", views.version),
    path("async/hello/<str:name>", async_views.hello),
    path("async/upload", async_views.upload),
    path("async/stream", async_views.stream),
    path("async/raise", async_views.fail),
    path("async/session", async_views.session),
    path("events", async_views.events),
    path("background", async_views.background),
]
