"""Files of any name are read only where they are files: a pipe or a device may never end, or never begin."""

import errno
import os
import stat


def read_regular(file: str | os.PathLike[str], most: int) -> bytes:
    """The first bytes of a file, at most so many; OSError where it is none, such as a named pipe."""

    def at_once(path: str, flags: int) -> int:
        return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))

    with open(file, "rb", opener=at_once) as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise OSError(errno.EINVAL, "no regular file (a pipe or a device)")
        return stream.read(most)
