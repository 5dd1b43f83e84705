"""Whom the process runs as. Root starts it and says so; it is done before anything of the application is read."""

import os

from .loader import LoadError


def become_user(start):
    """Takes on the user, the groups and the umask that the start message names. Raises LoadError."""
    identity = start.get('identity')
    if identity:
        # The groups first: a user that is not root may change neither them nor the group.
        os.setgroups(identity['groups'])
        os.setgid(identity['gid'])
        os.setuid(identity['uid'])
        _look_around(identity['uid'])
    umask = start.get('umask', -1)
    if umask >= 0:
        os.umask(umask)


def _look_around(uid):
    """The modules that are still to be imported have to be readable for this user, too."""
    for folder in (os.path.dirname(__file__), os.path.dirname(os.__file__)):
        if not os.access(folder, os.R_OK | os.X_OK):
            raise LoadError(
                'boot',
                'User %d may not read %s, which it runs from.' % (uid, folder),
                hint='Install Python and Licorne where every user may read them, not in the home of root; or let a user that may read them run the server.',
            )
