"""What an application must not take along into a fork: connections are closed as far as there is a known safe way, the rest is named."""

import gc
import os
import socket
import stat
import sys
import threading

# Pools of SQLAlchemy that hold the one connection to a database in memory: closing it would lose the data.
_POOLS_IN_MEMORY = ('SingletonThreadPool', 'StaticPool')
_NAMES_MAX = 8
_HINT = 'Open connections and start threads when they are first used, or in the hook post_fork.'


def put_away(log):
    """Closes the connections of Django and SQLAlchemy. What fails is told and not a reason to stop."""
    for close in (_close_django, _close_sqlalchemy):
        try:
            close()
        except Exception as error:
            log.exception('preload: connections could not be closed before forking: %s' % type(error).__name__, error)


def warn(log, known):
    """Names the threads that a fork ends and the connections that it would share; those in `known` (device and inode) are not meant."""
    threads = [_thread_name(thread) for thread in threading.enumerate() if thread is not threading.current_thread()]
    if threads:
        message = 'preload: threads that were started while the application was imported do not run in the workers: %s. %s'
        log.write('warning', message % (_listed(threads), _HINT))
    shared = [told for told in map(_socket_name, sorted(_numbers_of_sockets(known))) if told is not None]
    if shared:
        message = 'preload: connections that were opened while the application was imported are shared by all workers: %s. %s'
        log.write('warning', message % (_listed(shared), _HINT))


def sockets_open():
    """The identities (device and inode) of all sockets of this process."""
    return {_identity(fd) for fd in _descriptors()} - {None}


def identities(*sockets):
    """The identities of these."""
    return {_identity(one.fileno()) for one in sockets}


def _close_django():
    database = sys.modules.get('django.db')
    conf = sys.modules.get('django.conf')
    if database is None or conf is None or not conf.settings.configured:
        return
    for connection in database.connections.all():
        # A pool (Django 5.1) has threads of its own.
        close_pool = getattr(connection, 'close_pool', None)
        if close_pool is not None:
            close_pool()
    database.connections.close_all()
    cache = sys.modules.get('django.core.cache')
    if cache is not None:
        # As Django does at the end of every request.
        cache.close_caches()


def _close_sqlalchemy():
    module = sys.modules.get('sqlalchemy.engine')
    if module is None:
        return
    for engine in [one for one in gc.get_objects() if isinstance(one, module.Engine)]:
        if type(engine.pool).__name__ in _POOLS_IN_MEMORY:
            continue
        if getattr(engine.dialect, 'is_async', False):
            # Closing would need the event loop that is not there yet; this forgets them.
            engine.dispose(close=False)
        else:
            engine.dispose()


def _thread_name(thread):
    target = getattr(thread, '_target', None)
    if target is not None:
        what = '%s.%s' % (getattr(target, '__module__', '?'), getattr(target, '__qualname__', type(target).__name__))
    else:
        what = '%s.%s' % (type(thread).__module__, type(thread).__qualname__)
    return '%s (%s)' % (thread.name, what)


def _numbers_of_sockets(known):
    return [fd for fd in _descriptors() if _identity(fd) not in known and _identity(fd) is not None]


def _socket_name(fd):
    """A connection or listening socket in words; None for what is safely shared: datagrams, and pairs that do not leave the process."""
    try:
        with socket.socket(fileno=os.dup(fd)) as one:
            if one.type != socket.SOCK_STREAM:
                return None
            try:
                peer = one.getpeername()
            except OSError:
                name = one.getsockname()
                return None if not name else 'descriptor %d listens on %s' % (fd, _address(name))
            if not peer and not one.getsockname():
                return None
            return 'descriptor %d to %s' % (fd, _address(peer))
    except (OSError, ValueError):
        return None


def _address(address):
    if isinstance(address, tuple):
        host = '[%s]' % address[0] if ':' in str(address[0]) else address[0]
        return '%s:%s' % (host, address[1])
    if isinstance(address, bytes):
        return '@' + address[1:].decode('utf-8', 'replace')
    return address or 'an unnamed socket'


def _identity(fd):
    try:
        found = os.fstat(fd)
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if stat.S_ISSOCK(found.st_mode) else None


def _descriptors():
    for folder in ('/proc/self/fd', '/dev/fd'):
        try:
            return [int(name) for name in os.listdir(folder)]
        except OSError:
            pass
    return []


def _listed(names):
    more = len(names) - _NAMES_MAX
    return '; '.join(names[:_NAMES_MAX]) + ('; and %d more' % more if more > 0 else '')
