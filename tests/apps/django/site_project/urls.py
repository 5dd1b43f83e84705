from django.urls import path

from . import views

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
]
