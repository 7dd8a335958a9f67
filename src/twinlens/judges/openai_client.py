"""The line to a server that speaks OpenAI's protocol: one call, and what went wrong with it.

The key comes from the environment and leaves it for the server only: whatever a server sends back is kept
without it. A call has an end in seconds and in bytes, however the server behaves.
"""

from __future__ import annotations

import email.utils
import json
import os
import re
import threading
import time
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from twinlens.core.errors import BadInput, BadSpec, MissingExtra
from twinlens.core.types import FailureKind

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
_SECRET = re.compile(r"key|token|secret|sig|pass|auth", re.IGNORECASE)
_KEY = re.compile(r"\bsk-[\w-]{16,}")


@dataclass(frozen=True)
class Trouble:
    """What went wrong with a call: how often it may be made again, after how long, or without what."""

    kind: FailureKind
    detail: str
    raw: str = ""
    again: int = 0
    wait: float | None = None
    without: str = ""


@dataclass(eq=False)
class Line:
    """A client of a server: what it does not take, until when it asked not to be called, and its key.

    `slots` are held while it is called.
    """

    client: openai.OpenAI
    key: str
    slots: threading.BoundedSemaphore
    left_out: set[str] = field(default_factory=set)
    _quiet_until: float = 0.0

    def call(self, parameters: dict[str, Any], timeout: float, retries: int) -> dict[str, Any] | Trouble:
        """The server's answer to one call, as the object it sent."""
        import openai

        body = bytearray()
        end = time.monotonic() + timeout
        create = self.client.chat.completions.with_streaming_response.create
        try:
            with create(**self._taken(parameters), timeout=timeout) as response:
                for chunk in response.iter_bytes():
                    body += chunk
                    if time.monotonic() > end:
                        return self._trouble(
                            "timeout", f"no whole answer in {timeout:g} s", body, min(1, retries)
                        )
                    if len(body) > MOST_BYTES:
                        return self._trouble("broken", f"an answer of over {MOST_BYTES:,} bytes", body)
        except openai.APIStatusError as error:
            return self._status(error, retries)
        except Exception as error:  # noqa: BLE001  the network's errors, whose classes openai's version decides
            if "timeout" in type(error).__name__.lower():
                return self._trouble("timeout", f"no answer in {timeout:g} s", body, min(1, retries))
            cause = error.__cause__ or error
            told = f"the connection failed: {type(cause).__name__}: {cause}"
            return self._trouble("broken", told, body, retries)
        return self._parsed(body, retries)

    def hold(self, seconds: float, for_all: bool) -> None:
        """Wait; `for_all` keeps other threads from calling before then, too."""
        until = time.monotonic() + seconds
        if for_all:
            self._quiet_until = max(self._quiet_until, until)
        time.sleep(max(0.0, until - time.monotonic()))

    def quiet(self) -> None:
        """Wait as long as the server asked for."""
        while (left := self._quiet_until - time.monotonic()) > 0:
            time.sleep(left)

    def clean(self, text: str) -> str:
        """What a server sent, without the key."""
        return text.replace(self.key, "[key]") if len(self.key) >= SHORTEST_KEY else text

    def _taken(self, parameters: dict[str, Any]) -> dict[str, Any]:
        """The parameters, without those the server does not take."""
        taken = {name: value for name, value in parameters.items() if name not in self.left_out}
        if "logprobs" in self.left_out:
            taken.pop("top_logprobs", None)
        if "max_tokens" in self.left_out:
            taken["max_completion_tokens"] = parameters["max_tokens"]
        return taken

    def _parsed(self, body: bytearray, retries: int) -> dict[str, Any] | Trouble:
        try:
            found = json.loads(body)
        except (ValueError, RecursionError):
            return self._trouble("broken", "the server's answer is no JSON", body, min(1, retries))
        if isinstance(found, dict) and isinstance(found.get("choices"), list) and found["choices"]:
            return found
        return self._trouble("broken", "the server's answer holds no choices", body, min(1, retries))

    def _status(self, error: openai.APIStatusError, retries: int) -> Trouble:
        """What an answer that is none says, by its status."""
        status, told = error.status_code, _told(error)
        where = f"the server says {status}: {told}"
        if status == 401:
            raise BadInput(self.clean(f"{where}; expected a valid key in OPENAI_API_KEY"))
        if status == 404:
            raise BadInput(
                self.clean(f"{where}; expected a base_url such as {OWN_URL} and a model it serves")
            )
        raw = error.response.text
        code = str(getattr(error, "code", ""))
        if status in (400, 422):
            without = next((name for name in OPTIONAL if name in told or name in str(error.param)), "")
            if without and without not in self.left_out:
                return self._trouble("broken", where, raw, without=without)
            if "content_filter" in code or "content_policy" in code or "content management policy" in told:
                return self._trouble("refused", where, raw)
        if code == "insufficient_quota" or not (status in (408, 409, 429) or status >= 500):
            return self._trouble("broken", where, raw)
        wait = retry_after(error.response.headers)
        if wait is not None and wait > LONGEST_RETRY_AFTER:
            return self._trouble("broken", f"{where} (to be asked again in {wait:.0f} s)", raw)
        return self._trouble("broken", where, raw, retries, wait)

    def _trouble(
        self, kind: FailureKind, detail: str, raw: str | bytearray,
        again: int = 0, wait: float | None = None, without: str = "",
    ) -> Trouble:  # fmt: skip
        text = raw if isinstance(raw, str) else raw.decode("utf-8", "replace")
        line = " ".join(self.clean(detail).split())
        return Trouble(
            kind, line if len(line) <= 300 else f"{line[:299]}…", self.clean(text), again, wait, without
        )


def line(base_url: str | None, model: str, in_flight: int) -> Line:
    """The line to a model behind a server; the same one for all who ask for it.

    The key is OPENAI_API_KEY; a server of one's own needs none. Without `base_url` it is OPENAI_BASE_URL.
    """
    url = base_url or url_of_environment() or OWN_URL
    key = os.environ.get("OPENAI_API_KEY", "").strip()
    if not key and urlsplit(url).hostname == urlsplit(OWN_URL).hostname:
        raise BadInput(f"{OWN_URL} needs a key; expected one in the environment as OPENAI_API_KEY")
    with _making:
        return _line(url, key, model, in_flight)


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
        known = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        raise BadSpec(f"{name} is no address; expected one such as http://localhost:8000/v1") from None
    secret = any(_SECRET.search(key) for key, _ in parse_qsl(parts.query, keep_blank_values=True))
    key = os.environ.get("OPENAI_API_KEY", "").strip()
    if secret or "@" in parts.netloc or _KEY.search(url) or (len(key) >= SHORTEST_KEY and key in url):
        raise BadSpec(f"{name} holds a key or a password; expected it in the environment as OPENAI_API_KEY")
    if not known:
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


@lru_cache(maxsize=64)
def _line(url: str, key: str, model: str, in_flight: int) -> Line:
    try:
        import openai
    except ModuleNotFoundError as error:
        raise MissingExtra("the judge chat", "chat") from error
    client = openai.OpenAI(api_key=key or "none", base_url=url, max_retries=0)
    return Line(client, key, threading.BoundedSemaphore(in_flight))


def _told(error: openai.APIStatusError) -> str:
    """The server's message, in a line."""
    body = error.body
    message = body.get("message") if isinstance(body, dict) else None
    text = " ".join(str(message or error.response.text or error.response.reason_phrase).split())
    return text if len(text) <= 200 else f"{text[:199]}…"
