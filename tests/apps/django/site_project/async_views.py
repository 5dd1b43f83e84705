import asyncio
import sys

from django.http import JsonResponse, StreamingHttpResponse

from .views import digest, text

tasks = set()


def say(message):
    print(message, file=sys.stderr, flush=True)


async def hello(request, name):
    await asyncio.sleep(0)
    return text(f"Hello, {name}!")


async def upload(request):
    file = request.FILES["file"]
    return JsonResponse({"name": file.name, **digest(file.chunks())})


async def stream(request):
    async def make():
        for number in range(1, 6):
            yield f"{number}\n"

    return StreamingHttpResponse(make(), content_type="text/plain")


async def fail(request):
    raise RuntimeError("raised on purpose")


async def session(request):
    """As views.session, in a view that may not block."""
    request.session["visits"] = request.session.get("visits", 0) + 1
    return JsonResponse({"visits": request.session["visits"]})


async def events(request):
    async def make():
        number = 0
        try:
            while True:
                number += 1
                yield f"data: {number}\n\n"
                await asyncio.sleep(0.05)
        finally:
            say("the client of /events has left")

    return StreamingHttpResponse(make(), content_type="text/event-stream")


async def background(request):
    """Django has no background tasks of its own; the event loop has."""

    async def later(name):
        say(f"background: {name}")

    task = asyncio.create_task(later("a letter"))
    tasks.add(task)  # the loop itself holds tasks only weakly
    task.add_done_callback(tasks.discard)
    response = text("accepted")
    response.status_code = 202
    return response
