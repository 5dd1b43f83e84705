"""Stacks of asyncio tasks for the log, taken by another thread while the loop may be held up."""

import asyncio
import linecache
import os

_DEPTH_MAX = 100
_TASKS_MAX = 1000


def write_tasks(loop, request_ids, fd=2):
    """Writes every unfinished task of a loop with its request's id (`request_ids`: task -> id) and its stack."""
    lines = []
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


def stack(task):
    """Lines of a task's stack, the innermost call last: the chain of coroutines that await each other."""
    lines = []
    awaited = task.get_coro()
    for _level in range(_DEPTH_MAX):
        frame = _first(awaited, 'cr_frame', 'gi_frame', 'ag_frame')
        if frame is None:
            break
        code = frame.f_code
        lines.append('  File "%s", line %s in %s' % (code.co_filename, frame.f_lineno, code.co_name))
        source = linecache.getline(code.co_filename, frame.f_lineno or 0).strip()
        if source:
            lines.append('    ' + source)
        awaited = _first(awaited, 'cr_await', 'gi_yieldfrom', 'ag_await')
    return lines


def _first(value, *names):
    for name in names:
        found = getattr(value, name, None)
        if found is not None:
            return found
    return None


def _all_tasks(loop):
    try:
        return asyncio.all_tasks(loop)
    except RuntimeError:
        # The loop went on changing them.
        return ()
