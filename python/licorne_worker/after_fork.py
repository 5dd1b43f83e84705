"""What a worker that was forked from a zygote must have for itself. Hooks of os.register_at_fork, the locks of `logging` and the
generator of `random` among them, have run by themselves."""

import sys


def loop_of_imports():
    """In the zygote: the event loop that was made while the application was imported; None if there is none."""
    if 'asyncio' not in sys.modules:
        return None
    from . import asgi_loop

    return asgi_loop.loop_of_imports()


def renew(loop, log):
    """Called once, in the child, before anything of the application runs in it. `loop` as `loop_of_imports` gave it to the zygote."""
    # Like `random`: workers that drew the same numbers would make the same tokens and the same samples.
    numbers = sys.modules.get('numpy.random')
    if numbers is not None:
        numbers.seed()
    if loop is not None:
        # Its selector would be shared by all workers.
        from . import asgi_loop

        asgi_loop.renew_after_fork(loop, log)
