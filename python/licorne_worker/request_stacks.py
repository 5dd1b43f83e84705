"""Where in Python a request is: stacks of threads for the log, taken by another thread while they run."""

import os
import sys
import threading
import time
import traceback

from .task_stacks import stack

_OWN_FOLDER = os.path.join(os.path.dirname(__file__), '')
_FOLDER = os.path.dirname(traceback.__file__)
# What stands between the interpreter and the application's code.
_MACHINERY = ('<string>', threading.__file__, os.path.join(_FOLDER, 'runpy.py'), os.path.join(_FOLDER, 'importlib', '__init__.py'))
_ASYNCIO_FOLDER = os.path.join(_FOLDER, 'asyncio', '')
_SELECTORS = os.path.join(_FOLDER, 'selectors.py')
_FILE = '  File "'
_THREADS_MAX = 50
_LOOKS = 5
_LOOK_SECONDS = 0.01


def thread_stack(ident, still=None):
    """The stack of a thread as text, the innermost call last and from the application's code on; '' if there is none.

    `still()` tells whether it is the stack that was asked for: the thread goes on meanwhile.
    """
    frame = sys._current_frames().get(ident)
    if frame is None or still is not None and not still():
        return ''
    entries = traceback.extract_stack(frame)
    # A frame would keep all that its function holds.
    del frame
    first = 0
    while first < len(entries) and _is_machinery(entries[first].filename):
        first += 1
    return ''.join(traceback.format_list(entries[first:]))


def task_stack(task):
    """The stack of a task as text, as that of a thread; '' while it is in a step: its thread has it."""
    lines = stack(task)
    for index, line in enumerate(lines):
        if line.startswith(_FILE) and not _is_machinery(line[len(_FILE) :].partition('"')[0]):
            return '\n'.join(lines[index:])
    return ''


def task_and_threads(task):
    """The stack of a task, then those of all threads that are at work: it may wait for one of them, or the event loop may."""
    for _look in range(_LOOKS):
        text = _task_and_threads(task)
        if text:
            return text
        # The task had ended a step, or begun one, between two looks.
        time.sleep(_LOOK_SECONDS)
    return ''


def _task_and_threads(task):
    text = '' if task is None else task_stack(task)
    return '\n'.join((['The task:\n' + text] if text else []) + threads_at_work())


def threads_at_work():
    """The stacks of all other threads that are in the application's code, each with its name."""
    parts = []
    names = {thread.ident: thread.name for thread in threading.enumerate()}
    for ident in list(sys._current_frames())[:_THREADS_MAX]:
        if ident == threading.get_ident():
            continue
        text = thread_stack(ident)
        # An event loop that waits for news is not what holds anything up.
        if text and not _waits_for_sockets(ident):
            parts.append('Thread %s:\n%s' % (names.get(ident, ident), text.rstrip('\n')))
    return parts


def _waits_for_sockets(ident):
    frame = sys._current_frames().get(ident)
    return frame is None or frame.f_code.co_filename == _SELECTORS


def _is_machinery(filename):
    return filename in _MACHINERY or filename.startswith((_OWN_FOLDER, _ASYNCIO_FOLDER, '<frozen importlib'))
