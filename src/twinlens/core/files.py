"""Files that are read: regular ones; a pipe or a device may never end, so it is not even opened."""

import os
import stat

from twinlens.core.errors import BadInput

SPECIAL = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a named pipe", stat.S_IFSOCK: "a socket",
           stat.S_IFCHR: "a device", stat.S_IFBLK: "a device"}  # fmt: skip
AnyPath = str | os.PathLike[str]


def special(status: os.stat_result) -> str:
    """What something is that is no regular file, such as "a named pipe"; "" for a file."""
    return SPECIAL.get(stat.S_IFMT(status.st_mode), "")


def refuse_special(path: AnyPath, expected: str) -> None:
    """BadInput where a path names what is there and no regular file."""
    if os.path.exists(path) and (kind := special(os.stat(path))):
        raise BadInput(f"{os.fspath(path)!r}: cannot be read: {kind}; expected {expected}")


def read_bytes(path: AnyPath, expected: str, most: int = -1) -> bytes:
    """The bytes of a regular file, `most` of them where that is given; or BadInput."""
    try:
        refuse_special(path, expected)
        with open(path, "rb") as stream:
            return stream.read(most)
    except (OSError, ValueError) as error:
        raise BadInput.unreadable(os.fspath(path), error, expected) from error
