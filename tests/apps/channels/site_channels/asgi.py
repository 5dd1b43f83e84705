import os

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "site_channels.settings")
django_application = get_asgi_application()

from .consumers import Echo, Room  # noqa: E402  (needs the settings)

application = ProtocolTypeRouter(
    {
        "http": django_application,
        "websocket": URLRouter([path("ws/echo", Echo.as_asgi()), path("ws/room/<room>/<name>", Room.as_asgi())]),
    }
)
