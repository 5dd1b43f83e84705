from channels.generic.websocket import AsyncJsonWebsocketConsumer

TEXT_MAX = 1000


class Chat(AsyncJsonWebsocketConsumer):
    """One browser in a room. Who it is says the session, which the pages have set."""

    async def connect(self):
        self.name = self.scope["session"].get("name")
        if self.name is None:
            await self.close()  # before accept(): the handshake is refused with 403
            return
        self.group = f"room.{self.scope['url_route']['kwargs']['room']}"
        await self.accept()
        await self.channel_layer.group_add(self.group, self.channel_name)
        await self.tell("came", "")

    async def disconnect(self, code):
        if self.name is not None:
            await self.channel_layer.group_discard(self.group, self.channel_name)
            await self.tell("left", "")

    async def receive_json(self, content):
        text = content.get("text") if isinstance(content, dict) else None
        if isinstance(text, str) and text.strip():
            await self.tell("said", text.strip()[:TEXT_MAX])

    async def tell(self, kind, text):
        await self.channel_layer.group_send(self.group, {"type": "news", "kind": kind, "name": self.name, "text": text})

    async def news(self, event):
        await self.send_json({key: event[key] for key in ("kind", "name", "text")})
