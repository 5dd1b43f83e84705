from django.urls import path

from . import views

app_name = "recipes"

urlpatterns = [
    path("", views.RecipeList.as_view(), name="list"),
    path("recipes/new/", views.RecipeCreate.as_view(), name="create"),
    path("recipes/<str:slug>/", views.RecipeDetail.as_view(), name="detail"),
    path("uploads/", views.uploads, name="uploads"),
    path("tour/", views.tour, name="tour"),
    path("tour/stream/", views.stream, name="stream"),
    path("tour/slow/", views.slow, name="slow"),
    path("tour/error/", views.error, name="error"),
    path("api/recipes/", views.api, name="api"),
]
