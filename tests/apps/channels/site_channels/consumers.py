import json

from channels.exceptions import DenyConnection
from channels.generic.websocket import AsyncJsonWebsocketConsumer, WebsocketConsumer


class Echo(WebsocketConsumer):
    """Sends back what it gets; plain methods, which Channels runs in threads."""

    def connect(self):
        wanted = self.scope["subprotocols"]
        if "wrong" in wanted:
            raise DenyConnection
        self.accept(subprotocol="echo.v1" if "echo.v1" in wanted else None)

    def receive(self, text_data=None, bytes_data=None):
        if text_data == "close":
            self.close(4001)
        elif text_data == "raise":
            raise RuntimeError("raised on purpose")
        else:
            self.send(text_data=text_data, bytes_data=bytes_data)


class Room(AsyncJsonWebsocketConsumer):
    """Everybody in a room hears what one says, and who leaves."""

    async def connect(self):
        self.room = self.scope["url_route"]["kwargs"]["room"]
        self.name = self.scope["url_route"]["kwargs"]["name"]
        await self.channel_layer.group_add(self.room, self.channel_name)
        await self.accept()
        await self.tell("came")

    async def disconnect(self, code):
        await self.channel_layer.group_discard(self.room, self.channel_name)
        await self.tell(f"left {code}")

    async def receive_json(self, content):
        await self.tell(content["text"])

    async def tell(self, text):
        await self.channel_layer.group_send(self.room, {"type": "said", "name": self.name, "text": text})

    async def said(self, event):
        await self.send(json.dumps([event["name"], event["text"]]))
