"""Files at addresses such as s3://bucket/a.jpg, read and written through fsspec.

fsspec is imported only where an address is met. Where it lacks the package for a store (s3fs, gcsfs), Arrow's
own reader of that store is taken, which comes with pyarrow.
"""

import os
import re
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from twinlens.core.errors import BadInput, BadPhoto, MissingExtra

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+(://|::)")


def is_address(path: str) -> bool:
    """Whether a path is an address rather than the name of a file.

    >>> [is_address(path) for path in ("s3://bucket/a.jpg", "a.jpg", "C:/a.jpg", "/data/a:b.jpg")]
    [True, False, False, False]
    """
    return _ADDRESS.match(path) is not None


def file_system(address: str) -> tuple[Any, str]:
    """The fsspec file system of an address, or of a local path, and the path within it.

    Raises MissingExtra where fsspec or the store's package is not installed, and BadInput for a scheme that
    does not exist.
    """
    try:
        from fsspec.core import url_to_fs
    except ImportError as error:
        raise MissingExtra(f"{address!r}", "ray") from error
    try:
        system, path = url_to_fs(address)
        return system, str(path)
    except ImportError as error:
        where = urlsplit(address)
        try:
            system = _arrow_system(where.scheme, where.netloc, os.environ.get("AWS_ENDPOINT_URL", ""))
        except (ImportError, ValueError, OSError):
            raise BadInput(f"{address!r}: {error}; expected the package for it to be installed") from error
        return system, f"{where.netloc}{where.path}"
    except ValueError as error:
        raise BadInput(f"{address!r}: {error}; expected an address that fsspec knows") from error


@cache
def _arrow_system(scheme: str, place: str, endpoint: str) -> Any:
    """Arrow's file system of a store; one for each server that the environment names."""
    from fsspec.implementations.arrow import ArrowFSWrapper
    from pyarrow.fs import FileSystem

    return ArrowFSWrapper(FileSystem.from_uri(f"{scheme}://{place}/")[0])


def read_address(address: str, most: int) -> bytes:
    """The bytes of what an address names, at most one more than `most`; BadPhoto where it cannot be read."""
    try:
        system, path = file_system(address)
        with system.open(path, "rb") as stream:
            return bytes(stream.read(most + 1))
    except MissingExtra:
        raise
    except Exception as error:  # each store has errors of its own
        what = f"what cannot be read ({type(error).__name__}: {error})"
        if isinstance(error, FileNotFoundError | BadInput):
            what = str(error) if isinstance(error, BadInput) else "no such file"
        raise BadPhoto(address, " ".join(what.split()), "a photo") from error
