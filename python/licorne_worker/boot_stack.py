"""Where a process is that has been starting for too long, for whoever waits for it."""

from .request_stacks import task_stack, threads_at_work
from .task_stacks import unfinished

_IMPORTER = '  File "<frozen importlib.'


def boot_stack(loop=None):
    """The stacks of what is under way: the tasks of `loop`, if there is one, and the threads at work. To be called by another thread."""
    parts = []
    for task in () if loop is None else unfinished(loop):
        text = task_stack(task)
        if text:
            parts.append('The task %s:\n%s' % (task.get_name(), text))
    return '\n'.join(_without_importer(part) for part in parts + threads_at_work())


def _without_importer(text):
    """A stack without the frames of the import system, as tracebacks are shown."""
    return '\n'.join(line for line in text.split('\n') if not line.startswith(_IMPORTER))
