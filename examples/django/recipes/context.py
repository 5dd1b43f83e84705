import os
import threading


def served_by(request):
    """Which process and thread made this page: reload a few times and watch it change."""
    return {"served_by": {"pid": os.getpid(), "thread": threading.current_thread().name}}
