from answers import http, respond


@http
async def application(scope, receive, send):
    """103 before the answer, where the server offers it."""
    offered = "http.response.early_hint" in scope["extensions"]
    if offered:
        await send({"type": "http.response.early_hint", "links": [b"</style.css>; rel=preload; as=style"]})
        await send({"type": "http.response.early_hint", "links": [b"</app.js>; rel=preload; as=script"]})
    await respond(send, b"hinted" if offered else b"no hints")
