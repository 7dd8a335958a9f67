"""The client of a server that speaks OpenAI's protocol: one call, what went wrong with it, and its logprobs.

The key comes from the environment and leaves it for the server only: whatever a server sends back is cleaned
of it before anything else is done with that. A call has an end in seconds and in bytes, and photos go to no
other host, however the server behaves.
"""

from __future__ import annotations

import email.utils
import json
import math
import os
import re
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from http.client import responses
from itertools import accumulate
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

from twinlens.core.errors import BadInput, BadSpec, MissingExtra
from twinlens.core.plain_text import plain
from twinlens.core.types import FailureKind
from twinlens.core.version import __version__
from twinlens.judges import reachability
from twinlens.judges.chat_completion import as_object, completion, words
from twinlens.judges.redaction import Redaction
from twinlens.judges.vlm import LONGEST_RAW
from twinlens.language.answer import last_answer

OWN_URL = "https://api.openai.com/v1"
MOST_BYTES = 16 << 20
"""Bytes of an answer."""
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0
"""Seconds before the second try, doubled from then on, and at most."""
LONGEST_RETRY_AFTER = 120.0
"""Seconds that a server may ask for."""
SHORTEST_KEY = 8
"""Characters from which a key is one, and no placeholder such as EMPTY."""
OPTIONAL = ("logprobs", "temperature", "max_tokens")
"""Parameters that a call can be made without, where the server does not take them."""
_making = threading.Lock()
_LETTER = re.compile(r"<\s{0,3}answer\s{0,3}>\s{0,8}(?:image\s{1,2})?([AB])\b", re.IGNORECASE)
_NAMED = re.compile(r"\W{0,8}([AB])(?:\W.{0,8})?", re.IGNORECASE | re.DOTALL)
_SECRET = re.compile(r"key|token|secret|sig|pass|auth", re.IGNORECASE)
_KEY = re.compile(r"\bsk-[\w-]{16,}")


@dataclass(frozen=True)
class CallError:
    """What went wrong with a call: how often to call again, after how many seconds, or without what.

    `unconnected` says that no connection came about.
    """

    kind: FailureKind
    detail: str
    raw: str = ""
    retries: int = 0
    retry_after: float | None = None
    without: str = ""
    unconnected: bool = False


@dataclass(eq=False)
class Client:
    """A client of a server, with the parameters it does not take, and until when it wants no calls.

    `slots` are taken while it is called.
    """

    url: str
    key: str
    slots: threading.BoundedSemaphore
    unsupported: set[str] = field(default_factory=set)
    _closed_until: float = 0.0

    def __post_init__(self) -> None:
        self.host = urlsplit(self.url).netloc
        self.redact = Redaction(self.key if len(self.key) >= SHORTEST_KEY else "")

    def call(self, parameters: dict[str, Any], timeout: float, retries: int) -> dict[str, Any] | CallError:
        """The server's answer to one call, as the object it sent."""
        from twinlens.judges import http_call

        once = min(1, retries)
        body = json.dumps(self._supported(parameters)).encode()
        try:
            answer = http_call.post(self._address(), self._headers(), body, timeout, MOST_BYTES)
        except http_call.CallFailed as error:
            again = {"timeout": once, "too large": 0}.get(error.reason, retries)
            kind: FailureKind = "timeout" if error.reason == "timeout" else "broken"
            begins = {"unconnected": f"connection to {self.host} failed: ", "lost": "connection lost: "}
            detail = begins.get(error.reason, "") + error.detail
            unconnected = error.reason == "unconnected"
            if not unconnected:
                reachability.answered(self.host)
            return self._error(kind, detail, _text(error.body), again, unconnected=unconnected)
        reachability.answered(self.host)
        text = _text(answer.body)
        if 300 <= answer.status < 400 and "location" in answer.headers:
            return self._error("broken", self._redirected(answer.status, answer.headers), text)
        if not 200 <= answer.status < 300:
            return self._status(answer.status, answer.headers, text, retries)
        made = completion(text)
        return made if isinstance(made, dict) else self._error("broken", made, text, once)

    def wait(self, retried: int, retry_after: float | None) -> None:
        """Wait before another try; what the server asked for holds for all threads."""
        seconds = min(FIRST_WAIT * 2**retried, LONGEST_WAIT) if retry_after is None else retry_after
        until = time.monotonic() + seconds
        if retry_after is not None:
            self._closed_until = max(self._closed_until, until)
        time.sleep(max(0.0, until - time.monotonic()))

    def wait_for_server(self) -> None:
        """Wait as long as the server asked for."""
        while (left := self._closed_until - time.monotonic()) > 0:
            time.sleep(left)

    def _address(self) -> str:
        parts = urlsplit(self.url)
        return parts._replace(path=parts.path.rstrip("/") + "/chat/completions", fragment="").geturl()

    def _headers(self) -> dict[str, str]:
        own = {"OpenAI-Organization": "OPENAI_ORG_ID", "OpenAI-Project": "OPENAI_PROJECT_ID"}
        return {
            "Authorization": f"Bearer {self.key or 'none'}", "Content-Type": "application/json",
            "Accept": "application/json", "Accept-Encoding": "identity",
            "User-Agent": f"twinlens/{__version__}",
            **{name: value for name, key in own.items() if (value := os.environ.get(key, "").strip())},
        }  # fmt: skip

    def _supported(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """The parameters, without those the server does not take."""
        left = {name: value for name, value in parameters.items() if name not in self.unsupported}
        if "logprobs" in self.unsupported:
            left.pop("top_logprobs", None)
        if "max_tokens" in self.unsupported:
            left["max_completion_tokens"] = parameters["max_tokens"]
        return left

    def _redirected(self, status: int, headers: Mapping[str, str]) -> str:
        """That a server points elsewhere, and to which host."""
        try:
            host = urlsplit(urljoin(self.url, headers["location"])).hostname or "no host"
        except ValueError:
            host = "no address"
        expected = "a base_url that answers itself, since photos are sent to no other"
        return f"the server says {status} and points to {host}; expected {expected}"

    def _status(self, status: int, headers: Mapping[str, str], raw: str, retries: int) -> CallError:
        """What an answer with the status of an error means."""
        try:
            body = as_object(json.loads(raw))
        except (ValueError, RecursionError):
            body = {}
        error = as_object(body.get("error")) or body
        given = words(body) or raw or responses.get(status, "nothing")
        message = _line(self.redact.ends(given, LONGEST_RAW), 200)
        code, detail = str(error.get("code")), f"the server says {status}: {message}"
        if status in (401, 404):
            address = f"a base_url such as {OWN_URL} and a model it serves"
            expected = "a valid key in OPENAI_API_KEY" if status == 401 else address
            raise BadInput(f"{detail}; expected {expected}")
        if status in (400, 422):
            wrong = f"{message} {error.get('param')}"
            without = next((name for name in OPTIONAL if name in wrong), "")
            if without and without not in self.unsupported:
                return self._error("broken", detail, raw, without=without)
            if re.search("content_(filter|policy)", code) or "content management policy" in message:
                return self._error("refused", detail, raw)
        if code == "insufficient_quota" or not (status in (408, 409, 429) or status >= 500):
            return self._error("broken", detail, raw)
        seconds = retry_after(headers)
        if seconds is not None and seconds > LONGEST_RETRY_AFTER:
            return self._error("broken", f"{detail} (to be asked again in {seconds:.0f} s)", raw)
        return self._error("broken", detail, raw, retries, seconds)

    def _error(self, kind: FailureKind, detail: str, raw: str, *more: Any, **options: Any) -> CallError:
        detail, raw = (self.redact.ends(text, LONGEST_RAW) for text in (detail, raw))
        return CallError(kind, _line(detail, 300), raw, *more, **options)


def client(base_url: str | None, model: str, in_flight: int) -> Client:
    """The client of a model behind a server; the same one for all threads.

    The key is OPENAI_API_KEY; a server of one's own needs none. Without `base_url` it is OPENAI_BASE_URL.
    """
    url = address(base_url)
    key = os.environ.get("OPENAI_API_KEY", "").strip()
    if not key and urlsplit(url).hostname == urlsplit(OWN_URL).hostname:
        raise BadInput(f"{OWN_URL} needs a key; expected one in the environment as OPENAI_API_KEY")
    if not (key.isascii() and key.isprintable()):
        raise BadInput("OPENAI_API_KEY holds what no key does; expected letters, digits and signs of ASCII")
    with _making:
        return _client(url, key, model, in_flight)


@lru_cache(maxsize=32)
def _client(url: str, key: str, model: str, in_flight: int) -> Client:
    try:
        import httpcore2  # noqa: F401
    except ImportError as error:
        raise MissingExtra("chat", "chat") from error
    return Client(url, key, threading.BoundedSemaphore(in_flight))


def address(base_url: str | None) -> str:
    """The server's address: `base_url`, else OPENAI_BASE_URL, else OpenAI's own."""
    return base_url or url_of_environment() or OWN_URL


def url_of_environment() -> str:
    """OPENAI_BASE_URL, where it is one."""
    url = os.environ.get("OPENAI_BASE_URL", "").strip()
    if url:
        check_url(url, "OPENAI_BASE_URL")
    return url


def check_url(url: str, name: str = "base_url") -> None:
    """Refuse what is no address, or an address with a key in it; the message holds no part of it."""
    try:
        parts = urlsplit(url)
        (parts.hostname or "").encode("idna")  # raises where a name is too long
        good = url.isascii() and url.isprintable() and " " not in url and (parts.port or 1)
    except ValueError:
        parts, good = urlsplit(""), False
    secret = any(_SECRET.search(key) for key, _ in parse_qsl(parts.query, keep_blank_values=True))
    key = os.environ.get("OPENAI_API_KEY", "").strip()
    if secret or "@" in parts.netloc or _KEY.search(url) or (len(key) >= SHORTEST_KEY and key in url):
        raise BadSpec(f"{name} holds a key or a password; expected it in the environment as OPENAI_API_KEY")
    if not good or parts.scheme not in ("http", "https") or not parts.hostname:
        raise BadSpec(f"{name} is no address; expected one such as http://localhost:8000/v1")


def retry_after(headers: Any) -> float | None:
    """The seconds a server asks to wait, from `Retry-After` (seconds or a date) or `Retry-After-Ms`."""
    for name, scale in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = str(headers.get(name) or "").strip()
        if re.fullmatch(r"\d{1,9}(\.\d{1,9})?", text):
            return float(text) * scale
        if text:
            try:
                return max(0.0, email.utils.parsedate_to_datetime(text).timestamp() - time.time())
            except (ValueError, TypeError, OverflowError):
                continue
    return None


def _text(body: bytes) -> str:
    return body.decode("utf-8-sig", "replace")


def _line(text: str, longest: int) -> str:
    line = plain(text)
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def probability_of_a(tokens: Sequence[Any]) -> float | None:
    """The probability of A, normalised over A and B, where the last answer of a text names its side.

    `tokens` are those of the whole completion as OpenAI-compatible servers give them, each with `token` and
    `top_logprobs`. None where they hold no such answer; a side that is not among the likeliest counts as 0.

    >>> likely = [{"token": "A", "logprob": -0.1}, {"token": "B", "logprob": -2.4}]
    >>> round(probability_of_a([{"token": "<answer>"}, {"token": "A", "top_logprobs": likely}]), 3)
    0.909
    """
    pieces: list[Any] = [token.get("token") if isinstance(token, dict) else None for token in tokens]
    if not all(isinstance(piece, str) for piece in pieces):
        return None
    text = "".join(pieces)
    letters = list(_LETTER.finditer(text))
    if not letters or last_answer(text) != letters[-1][1].lower():
        return None
    ends = accumulate(map(len, pieces))
    place = next(at for at, end in enumerate(ends) if letters[-1].start(1) < end)
    return _share(tokens[place].get("top_logprobs"))


def _share(likely: Any) -> float | None:
    """The share of A in the probabilities of one token, None where neither side is among the likeliest."""
    sides = {"a": 0.0, "b": 0.0}
    for one in likely if isinstance(likely, list) else ():
        token, logprob = (one.get("token"), one.get("logprob")) if isinstance(one, dict) else (None, None)
        named = _NAMED.fullmatch(token) if isinstance(token, str) else None
        if named and isinstance(logprob, int | float) and logprob <= 0.01:
            sides[named[1].lower()] += math.exp(logprob)
    both = sides["a"] + sides["b"]
    return sides["a"] / both if both > 0 else None
