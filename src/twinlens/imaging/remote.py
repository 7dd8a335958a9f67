"""Files at addresses such as s3://bucket/a.jpg, read and written through fsspec.

A table of pairs may come from anywhere, so an address reaches what is on a list and nothing else: no file of
this machine, no server of its network, no chain of file systems, and no longer than a time limit. fsspec is
imported only where an address is met. Where it lacks the package for a store (s3fs, gcsfs), Arrow's own
reader of that store is taken, which comes with pyarrow.
"""

import os
import re
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from twinlens.core.deadline import within
from twinlens.core.errors import BadInput, BadPhoto, MissingExtra

SCHEMES = ("s3", "gs")
"""Stores that an address may be of."""
EXPECTED = " or ".join(f"{name}://bucket/photo" for name in SCHEMES)
SECONDS, SILENCE, TRIES = 120.0, 10.0, 3
"""Seconds in which a photo at an address has to be here; those a store may be silent, and how often."""
LONGEST_REASON = 300
"""Characters of a store's error that are shown."""
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.:-]+://")
_BUCKET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def is_address(path: str) -> bool:
    """Whether a path is an address rather than the name of a file.

    >>> [is_address(path) for path in ("s3://bucket/a.jpg", "a.jpg", "C:/a.jpg", "/data/a:b.jpg")]
    [True, False, False, False]
    """
    return _ADDRESS.match(path) is not None


def refusal(address: str) -> str:
    """Why an address is not read, "" where it may be.

    >>> refusal("s3://bucket/a.jpg")
    ''
    >>> refusal("file:///etc/passwd")
    "found the address 'file:///etc/passwd'; expected s3://bucket/photo or gs://bucket/photo"
    """
    scheme, _, place = address.partition("://")
    if (
        scheme in SCHEMES
        and "::" not in address
        and address.isprintable()
        and _BUCKET.fullmatch(place.partition("/")[0])
    ):
        return ""
    return f"found the address {address[:LONGEST_REASON]!r}; expected {EXPECTED}"


def file_system(place: str) -> tuple[Any, str]:
    """The fsspec file system of an address, or of a local path, and the path within it.

    Raises MissingExtra where fsspec or the store's package is not installed, and BadInput for an address that
    is not on the list.
    """
    try:
        from fsspec import filesystem
    except ImportError as error:
        raise MissingExtra(f"{place!r}", "ray") from error
    if not is_address(place):
        return filesystem("file"), os.path.abspath(place)
    if why := refusal(place):
        raise BadInput(why)
    scheme, _, path = place.partition("://")
    try:
        return filesystem(scheme), path
    except ImportError as error:
        try:
            server = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL", "")
            system = _arrow_system(scheme, path.partition("/")[0], server)
        except (ImportError, ValueError, OSError):
            raise BadInput(f"{place!r}: {error}; expected the package for it to be installed") from error
        return system, path


@cache
def _arrow_system(scheme: str, bucket: str, endpoint: str) -> Any:
    """Arrow's file system of a store; one for each server that the environment names."""
    from fsspec.implementations.arrow import ArrowFSWrapper
    from pyarrow import fs

    system = fs.FileSystem.from_uri(f"{scheme}://{bucket}/")[0]
    if scheme == "s3":  # the process waits at its end for what is under way
        tries = fs.AwsStandardS3RetryStrategy(max_attempts=TRIES)
        server = urlsplit(endpoint)
        system = fs.S3FileSystem(
            region=system.region, endpoint_override=server.netloc or None, scheme=server.scheme or "https",
            connect_timeout=SILENCE, request_timeout=SILENCE, retry_strategy=tries,
        )  # fmt: skip
    return ArrowFSWrapper(system)


def read_address(address: str, most: int) -> bytes:
    """The bytes of what an address names, at most one more than `most`; BadPhoto where it cannot be read."""
    if refusal(address):
        raise BadPhoto(address, "an address that is not read", EXPECTED)

    def read() -> bytes:
        system, path = file_system(address)
        with system.open(path, "rb") as stream:
            return bytes(stream.read(most + 1))

    try:
        return within(SECONDS, read)
    except MissingExtra:
        raise
    except Exception as error:  # each store has errors of its own
        raise BadPhoto(address, " ".join(_reason(error).split()), "a photo") from error


def _reason(error: Exception) -> str:
    """What became of a photo at an address, in words."""
    if isinstance(error, FileNotFoundError):
        return "no such file"
    if isinstance(error, TimeoutError):
        return f"no answer in {SECONDS:.0f} seconds"
    return f"what cannot be read ({type(error).__name__}: {error})"[:LONGEST_REASON]
