"""Stacks of asyncio tasks for the log, taken by another thread while the loop may be held up."""

import gc
import linecache
import os
import types

_DEPTH_MAX = 100
_TASKS_MAX = 1000


def write_tasks(loop, request_ids, beginning, fd=2):
    """Writes every unfinished task of a loop with its request's id (`request_ids`: task -> id) and its stack.

    `beginning` are the ids of requests whose first step the main thread is taking.
    """
    lines = ['The main thread runs request_id=%s' % request_id for request_id in beginning]
    for task in list(_all_tasks(loop))[:_TASKS_MAX]:
        request_id = request_ids.get(task)
        title = 'Task %s' % task.get_name()
        lines.append('%s, request_id=%s' % (title, request_id) if request_id else title)
        lines += stack(task)
    data = '\n'.join(lines + ['']).encode('utf-8', 'backslashreplace')
    while data:
        try:
            data = data[os.write(fd, data) :]
        except OSError:
            return


def unfinished(loop):
    """The tasks of a loop that have not ended, at most as many as anybody would read of."""
    return [task for task in list(_all_tasks(loop))[:_TASKS_MAX] if not task.done()]


def stack(task):
    """Lines of a task's stack, the innermost call last: the chain of coroutines that await each other."""
    lines = []
    awaited = task.get_coro()
    for _level in range(_DEPTH_MAX):
        frame = _first(awaited, 'cr_frame', 'gi_frame', 'ag_frame')
        if frame is None:
            awaited = _inside(awaited)
            if awaited is None:
                break
            continue
        code = frame.f_code
        lines.append('  File "%s", line %s in %s' % (code.co_filename, frame.f_lineno, code.co_name))
        source = linecache.getline(code.co_filename, frame.f_lineno or 0).strip()
        if source:
            lines.append('    ' + source)
        awaited = _first(awaited, 'cr_await', 'gi_yieldfrom', 'ag_await')
    return lines


def _inside(awaited):
    """The coroutine or generator in one of the interpreter's wrappers, such as that of a step of an asynchronous generator."""
    if awaited is None or type(awaited).__module__ != 'builtins':
        return None
    for inner in gc.get_referents(awaited):
        if isinstance(inner, (types.CoroutineType, types.AsyncGeneratorType, types.GeneratorType)):
            return inner
    return None


def _first(value, *names):
    for name in names:
        found = getattr(value, name, None)
        if found is not None:
            return found
    return None


def _all_tasks(loop):
    # Whoever has a loop has imported it; workers of WSGI applications need none of it.
    import asyncio

    try:
        return asyncio.all_tasks(loop)
    except RuntimeError:
        # The loop went on changing them.
        return ()
