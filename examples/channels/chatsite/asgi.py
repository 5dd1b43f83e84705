"""The WebSockets. (`http` is here for servers that have only this application; with licorne.toml the pages come from wsgi.py.)"""

import os

from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from channels.sessions import SessionMiddlewareStack
from django.core.asgi import get_asgi_application
from django.urls import path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "chatsite.settings")
django_application = get_asgi_application()

from chat.consumers import Chat  # noqa: E402  (needs the settings)

rooms = URLRouter([path("ws/rooms/<slug:room>/", Chat.as_asgi())])
application = ProtocolTypeRouter(
    {
        "http": django_application,
        "websocket": AllowedHostsOriginValidator(SessionMiddlewareStack(rooms)),
    }
)
