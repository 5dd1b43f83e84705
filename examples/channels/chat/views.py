from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_POST


def index(request):
    """Asks for a name and a room."""
    name, room = (request.POST.get(key, "").strip() for key in ("name", "room"))
    if request.method == "POST" and 0 < len(name) <= 40 and slugify(room):
        request.session["name"] = name
        return redirect("room", room=slugify(room)[:40])
    return render(request, "chat/index.html", {"name": name or request.session.get("name", ""), "room": room or "kitchen"})


def room(request, room):
    if "name" not in request.session:
        return redirect("index")
    return render(request, "chat/room.html", {"room": room, "name": request.session["name"]})


@require_POST
def leave(request):
    request.session.flush()
    return redirect("index")
