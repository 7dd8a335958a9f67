"""One HTTP request with one deadline and one limit of bytes over all of its answer, whatever its status.

Seconds count from connecting to the last byte. Bytes are those on the wire, interim answers and headers
included, and once more those of a compressed body unpacked. Both are counted below HTTP, where bytes are read
and written, so there is no part of an answer they leave out. No redirect is followed, and each call has a
connection of its own.
"""

from __future__ import annotations

import ssl
import time
import urllib.request
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

import httpcore2

from twinlens.core.deadline import within

LONGEST_HEAD = 1 << 18
"""Bytes before the body of an answer: interim answers and headers."""
PIECE = 1 << 16
"""Bytes that are read, written or unpacked at once."""
PACKED = ("gzip", "x-gzip", "deflate")
Reason = Literal["timeout", "unconnected", "lost", "too large", "packed"]


@dataclass(frozen=True)
class Answer:
    """What a server answered: the status, the headers by their names in lower case, the body unpacked."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(eq=False)
class CallFailed(Exception):
    """No whole answer: why, in a line for people too, and what came of the body."""

    reason: Reason
    detail: str
    body: bytes = b""


@dataclass
class _Allowance:
    """What is left of a call: the time (monotonic) at which it ends, the bytes that may still come."""

    end: float
    left: int = LONGEST_HEAD

    def seconds(self) -> float:
        """The seconds left, above 0."""
        left = self.end - time.monotonic()
        if left <= 0:
            raise CallFailed("timeout", "")
        return left

    def count(self, data: bytes) -> bytes:
        """The data, counted."""
        self.left -= len(data)
        if self.left < 0:
            raise CallFailed("too large", "")
        return data


@dataclass
class _Stream(httpcore2.NetworkStream):
    """A connection that is read and written within an allowance."""

    stream: httpcore2.NetworkStream
    allowance: _Allowance

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.allowance.count(self.stream.read(min(max_bytes, PIECE), self.allowance.seconds()))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), PIECE):
            self.stream.write(buffer[start : start + PIECE], self.allowance.seconds())

    def close(self) -> None:
        self.stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        secure = self.stream.start_tls(ssl_context, server_hostname, self.allowance.seconds())
        return _Stream(secure, self.allowance)

    def get_extra_info(self, info: str) -> Any:
        return self.stream.get_extra_info(info)


@dataclass
class _Network(httpcore2.NetworkBackend):
    """Connections within an allowance."""

    allowance: _Allowance
    network: httpcore2.NetworkBackend = field(default_factory=httpcore2.SyncBackend)

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, *arguments: Any, **options: Any
    ) -> httpcore2.NetworkStream:
        left = self.allowance.seconds()
        try:  # to look up a name has no end of its own
            stream = within(left, lambda: self.network.connect_tcp(host, port, left, *arguments, **options))
        except TimeoutError:
            raise httpcore2.ConnectTimeout("") from None
        return _Stream(stream, self.allowance)


def post(url: str, headers: Mapping[str, str], body: bytes, seconds: float, most_bytes: int) -> Answer:
    """The answer to a POST, within so many seconds and bytes; CallFailed where none comes whole.

    Proxies and certificates are those of the environment (HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE).
    """
    allowance = _Allowance(time.monotonic() + seconds)
    received = bytearray()
    try:
        with (
            httpcore2.ConnectionPool(_tls(), _proxy(url), network_backend=_Network(allowance)) as pool,
            pool.stream("POST", url, headers=[*headers.items()], content=body) as answer,
        ):
            allowance.left += most_bytes
            named = {
                name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers
            }
            for piece in _unpacked(named.get("content-encoding", ""), answer.iter_stream(), allowance):
                received += piece
            return Answer(answer.status, named, bytes(received))
    except CallFailed as error:
        reason, detail = error.reason, error.detail
    except (httpcore2.ConnectError, httpcore2.ConnectTimeout, httpcore2.ProxyError) as error:
        reason, detail = "unconnected", str(error) or f"none in {seconds:g} s"
    except httpcore2.TimeoutException:
        reason, detail = "timeout", ""
    except (httpcore2.NetworkError, httpcore2.ProtocolError, OSError) as error:
        reason, detail = "lost", f"{type(error).__name__}: {error}"
    whole = {
        "timeout": f"no whole answer in {seconds:g} s",
        "too large": f"an answer of over {most_bytes:,} bytes",
    }
    raise CallFailed(reason, whole.get(reason, detail), bytes(received))


def _unpacked(encoding: str, body: Iterable[bytes], allowance: _Allowance) -> Iterator[bytes]:
    """The pieces of a body as they come, unpacked where they are packed, which nobody asked for."""
    encoding = encoding.strip().lower()
    if encoding in ("", "identity"):
        yield from body
        return
    if encoding not in PACKED:
        raise CallFailed("packed", f"the server packed its answer as {encoding!r}; expected it as it is")
    unpacker = zlib.decompressobj(zlib.MAX_WBITS | 32)
    for piece in body:
        left = piece
        while left and not unpacker.eof:  # what follows a packed body is left out
            try:
                yield allowance.count(unpacker.decompress(left, PIECE))
            except zlib.error as error:
                raise CallFailed("packed", f"the server's answer cannot be unpacked: {error}") from None
            left = unpacker.unconsumed_tail


@cache
def _tls() -> ssl.SSLContext:
    return httpcore2.default_ssl_context()


def _proxy(url: str) -> httpcore2.Proxy | None:
    """The proxy that the environment names for an address."""
    parts, proxies = urlsplit(url), urllib.request.getproxies()
    address = proxies.get(parts.scheme) or proxies.get("all", "")
    if not address or urllib.request.proxy_bypass(parts.netloc):
        return None
    named = urlsplit(address if "://" in address else f"http://{address}")
    login = (unquote(named.username), unquote(named.password or "")) if named.username else None
    return httpcore2.Proxy(named._replace(netloc=named.netloc.rpartition("@")[2]).geturl(), auth=login)
