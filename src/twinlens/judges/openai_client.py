"""The client of a server that speaks OpenAI's protocol: one call, what went wrong with it, and its logprobs.

The key comes from the environment and leaves it for the server only: whatever a server sends back is kept
without it. A call has an end in seconds and in bytes, however the server behaves.
"""

from __future__ import annotations

import email.utils
import json
import math
import os
import re
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from twinlens.core.errors import BadInput, BadSpec, MissingExtra
from twinlens.core.types import FailureKind
from twinlens.language.answer import last_answer

if TYPE_CHECKING:
    import openai

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
    """What went wrong with a call: how often to call again, after how many seconds, or without what."""

    kind: FailureKind
    detail: str
    raw: str = ""
    retries: int = 0
    retry_after: float | None = None
    without: str = ""


@dataclass(eq=False)
class Client:
    """A client of a server, with the parameters it does not take, and until when it wants no calls.

    `slots` are taken while it is called.
    """

    client: openai.OpenAI
    key: str
    slots: threading.BoundedSemaphore
    unsupported: set[str] = field(default_factory=set)
    _closed_until: float = 0.0

    def call(self, parameters: dict[str, Any], timeout: float, retries: int) -> dict[str, Any] | CallError:
        """The server's answer to one call, as the object it sent."""
        import openai

        body = bytearray()
        once, end = min(1, retries), time.monotonic() + timeout
        create = self.client.chat.completions.with_streaming_response.create
        try:
            with create(**self._supported(parameters), timeout=timeout) as response:
                for chunk in response.iter_bytes():
                    body += chunk
                    if time.monotonic() > end:
                        return self._error("timeout", f"no whole answer in {timeout:g} s", body, once)
                    if len(body) > MOST_BYTES:
                        return self._error("broken", f"an answer of over {MOST_BYTES:,} bytes", body)
        except openai.APIStatusError as error:
            return self._status(error, retries)
        except Exception as error:  # noqa: BLE001  the network's errors, whose classes openai's version decides
            if "timeout" in type(error).__name__.lower():
                return self._error("timeout", f"no answer in {timeout:g} s", body, once)
            cause = error.__cause__ or error
            detail = f"the connection failed: {type(cause).__name__}: {cause}"
            return self._error("broken", detail, body, retries)
        try:
            answer = json.loads(body)
        except (ValueError, RecursionError):
            return self._error("broken", "the server's answer is no JSON", body, once)
        if isinstance(answer, dict) and isinstance(answer.get("choices"), list) and answer["choices"]:
            return answer
        return self._error("broken", "the server's answer holds no choices", body, once)

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

    def redact(self, text: str) -> str:
        """What a server sent, without the key."""
        return text.replace(self.key, "[key]") if len(self.key) >= SHORTEST_KEY else text

    def _supported(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """The parameters, without those the server does not take."""
        left = {name: value for name, value in parameters.items() if name not in self.unsupported}
        if "logprobs" in self.unsupported:
            left.pop("top_logprobs", None)
        if "max_tokens" in self.unsupported:
            left["max_completion_tokens"] = parameters["max_tokens"]
        return left

    def _status(self, error: openai.APIStatusError, retries: int) -> CallError:
        """What an answer with the status of an error means."""
        status, message = error.status_code, _message(error)
        detail = f"the server says {status}: {message}"
        if status in (401, 404):
            address = f"a base_url such as {OWN_URL} and a model it serves"
            expected = "a valid key in OPENAI_API_KEY" if status == 401 else address
            raise BadInput(self.redact(f"{detail}; expected {expected}"))
        raw = error.response.text
        code = str(getattr(error, "code", ""))
        if status in (400, 422):
            without = next((name for name in OPTIONAL if name in message or name in str(error.param)), "")
            if without and without not in self.unsupported:
                return self._error("broken", detail, raw, without=without)
            if re.search("content_(filter|policy)", code) or "content management policy" in message:
                return self._error("refused", detail, raw)
        if code == "insufficient_quota" or not (status in (408, 409, 429) or status >= 500):
            return self._error("broken", detail, raw)
        seconds = retry_after(error.response.headers)
        if seconds is not None and seconds > LONGEST_RETRY_AFTER:
            return self._error("broken", f"{detail} (to be asked again in {seconds:.0f} s)", raw)
        return self._error("broken", detail, raw, retries, seconds)

    def _error(
        self, kind: FailureKind, detail: str, raw: str | bytearray, *more: Any, **without: Any
    ) -> CallError:
        text = raw if isinstance(raw, str) else raw.decode("utf-8", "replace")
        return CallError(kind, _line(self.redact(detail), 300), self.redact(text), *more, **without)


def client(base_url: str | None, model: str, in_flight: int) -> Client:
    """The client of a model behind a server; the same one for all threads.

    The key is OPENAI_API_KEY; a server of one's own needs none. Without `base_url` it is OPENAI_BASE_URL.
    """
    url = base_url or url_of_environment() or OWN_URL
    key = os.environ.get("OPENAI_API_KEY", "").strip()
    if not key and urlsplit(url).hostname == urlsplit(OWN_URL).hostname:
        raise BadInput(f"{OWN_URL} needs a key; expected one in the environment as OPENAI_API_KEY")
    with _making:
        return _client(url, key, model, in_flight)


@lru_cache(maxsize=64)
def _client(url: str, key: str, model: str, in_flight: int) -> Client:
    try:
        import openai
    except ModuleNotFoundError as error:
        raise MissingExtra("the judge chat", "chat") from error
    made = openai.OpenAI(api_key=key or "none", base_url=url, max_retries=0)
    return Client(made, key, threading.BoundedSemaphore(in_flight))


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
    except ValueError:
        parts = urlsplit("")
    secret = any(_SECRET.search(key) for key, _ in parse_qsl(parts.query, keep_blank_values=True))
    key = os.environ.get("OPENAI_API_KEY", "").strip()
    if secret or "@" in parts.netloc or _KEY.search(url) or (len(key) >= SHORTEST_KEY and key in url):
        raise BadSpec(f"{name} holds a key or a password; expected it in the environment as OPENAI_API_KEY")
    if parts.scheme not in ("http", "https") or not parts.hostname:
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


def _message(error: openai.APIStatusError) -> str:
    """The server's message, in a line."""
    message = error.body.get("message") if isinstance(error.body, dict) else None
    return _line(str(message or error.response.text or error.response.reason_phrase), 200)


def _line(text: str, longest: int) -> str:
    line = " ".join(text.split())
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
