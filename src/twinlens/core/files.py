"""Files that are read: regular ones; a pipe or a device may never end, so it is not even opened.

Files of a cache are sealed: a damaged one is as if it were not there.
"""

import hashlib
import os
import stat
import zipfile
import zlib

from twinlens.core.errors import BadInput

SPECIAL = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a named pipe", stat.S_IFSOCK: "a socket",
           stat.S_IFCHR: "a device", stat.S_IFBLK: "a device"}  # fmt: skip
AnyPath = str | os.PathLike[str]
BROKEN_ZIP = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)
"""What reading a zip raises that is none, cut short, spoiled, packed otherwise, locked or nested too deep."""
LARGEST = 1 << 30
"""Bytes of a table or text that are read."""


def special(status: os.stat_result) -> str:
    """What something is that is no regular file, such as "a named pipe"; "" for a file."""
    return SPECIAL.get(stat.S_IFMT(status.st_mode), "")


def refuse_special(path: AnyPath, expected: str) -> None:
    """BadInput where a path names what is there and no regular file."""
    if os.path.exists(path) and (kind := special(os.stat(path))):
        raise BadInput(f"{os.fspath(path)!r}: cannot be read: {kind}; expected {expected}")


def read_bytes(path: AnyPath, expected: str, most: int = -1) -> bytes:
    """The bytes of a regular file, no larger than `LARGEST`, or the first `most` of any; or BadInput."""
    try:
        refuse_special(path, expected)
        with open(path, "rb") as stream:
            data = stream.read(min(os.fstat(stream.fileno()).st_size, LARGEST) + 1 if most < 0 else most)
    except (OSError, ValueError) as error:
        raise BadInput.unreadable(os.fspath(path), error, expected) from error
    if len(data) > LARGEST:
        raise BadInput(f"{os.fspath(path)!r}: found over {LARGEST:,} bytes; expected {expected}, and no more")
    return data


def open_zip(path: AnyPath, expected: str) -> zipfile.ZipFile:
    """A zip, its directory read; BadInput where it is none. What is broken within is one of `BROKEN_ZIP`."""
    try:
        refuse_special(path, expected)
        return zipfile.ZipFile(path)
    except OSError as error:
        raise BadInput.unreadable(os.fspath(path), error, expected) from None
    except BROKEN_ZIP as error:
        what = f"no zip that can be read ({error})"
        raise BadInput(f"{os.fspath(path)!r}: {what}; expected {expected}") from None


def sealed(key: str, content: bytes) -> bytes:
    """What a file of a cache holds: a hash of its key and the content, and the content.

    >>> unsealed("k", sealed("k", b"content")), unsealed("k", sealed("k", b"content") + b"x")
    (b'content', None)
    """
    return hashlib.sha256(key.encode() + b"\0" + content).hexdigest().encode() + b"\n" + content


def unsealed(key: str, data: bytes) -> bytes | None:
    """The content that was sealed under a key; None where anything differs."""
    content = data.partition(b"\n")[2]
    return content if data == sealed(key, content) else None
