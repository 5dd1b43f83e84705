from django.contrib.staticfiles.urls import staticfiles_urlpatterns
from django.urls import path

from chat import views

urlpatterns = [
    path("", views.index, name="index"),
    path("leave/", views.leave, name="leave"),
    path("rooms/<slug:room>/", views.room, name="room"),
]
urlpatterns += staticfiles_urlpatterns()  # while DEBUG is on Django itself serves them
