"""A small OpenAI-compatible server on loopback that answers well, slowly, or wrongly on purpose.

The name of the model says how it behaves: "good" prefers the photo with more fine detail, and each of
`FAULTS` and of `hostile_answers` does what it is called. "every fault" does one of the former for each
question, always the same. What was sent is in `requests`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from hostile_answers import HOSTILE
from twinlens.judges import openai_client

KEY = "sk-0123456789abcdef-not-a-real-key"

FAULTS = (
    "429 with Retry-After", "500 twice", "hang", "cut connection", "cut at once", "half a JSON",
    "empty answer", "refusal", "both answers", "endless think", "1 MB of junk", "junk in JSON", "drip",
)  # fmt: skip
REASON = "Global Sharpness: Image {0} is sharper, while Image {1} is blurry."


@dataclass(frozen=True, eq=False)
class Request:
    """One request: the body, the images in it as they arrived, and the key it came with."""

    body: dict[str, Any]
    images: tuple[NDArray[np.uint8], ...]
    key: str

    @property
    def text(self) -> str:
        """All the text of the user's message."""
        content = self.body["messages"][-1]["content"]
        return "".join(part["text"] for part in content if part["type"] == "text")

    @property
    def content(self) -> str:
        """What tells this question from others."""
        request = json.dumps(self.body["messages"], sort_keys=True).encode()
        return hashlib.sha256(request).hexdigest()


@dataclass
class Server:
    """The server: how long it takes, how many calls it saw of each question, and the most at once.

    `elsewhere` is where its redirections point.
    """

    latency: float = 0.0
    requests: list[Request] = field(default_factory=list)
    most_at_once: int = 0
    url: str = ""
    elsewhere: str = ""
    times: Counter[str] = field(default_factory=Counter)
    stopped: threading.Event = field(default_factory=threading.Event)
    _now: int = 0
    _faults: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, request: Request) -> int:
        """Note a request; how often this prompt was sent, this time included."""
        with self._lock:
            self.requests.append(request)
            self._now += 1
            self.most_at_once = max(self.most_at_once, self._now)
            key = f"{request.body['model']} {request.content}"
            self.times[key] += 1
            return self.times[key]

    def fault(self, request: Request) -> str:
        """What becomes of a question of the model "every fault": each fault in turn, as questions come in."""
        with self._lock:
            number = self._faults.setdefault(request.content, len(self._faults))
        return ("good", *FAULTS)[number % (len(FAULTS) + 1)]

    def end(self) -> None:
        """Note that a request is about to be answered."""
        with self._lock:
            self._now -= 1


@contextmanager
def serve(latency: float = 0.0, port: int = 0) -> Iterator[Server]:
    """The server, for as long as it is needed, at any port or at a certain one."""
    server = Server(latency)

    class Handler(_Handler):
        state = server

    class Loopback(ThreadingHTTPServer):
        request_queue_size = 128

        def handle_error(self, request: Any, client_address: Any) -> None:
            """A client that hung up is none of ours."""

    http = Loopback(("127.0.0.1", port), Handler)
    server.url = f"http://127.0.0.1:{http.server_port}/v1"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.stopped.set()
        http.shutdown()
        thread.join()
        http.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    state: Server

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        request = Request(
            body, tuple(_images(body)), self.headers.get("Authorization", "").removeprefix("Bearer ")
        )
        count = self.state.begin(request)
        self.state.stopped.wait(self.state.latency)
        self.state.end()
        if urlsplit(self.path).path == "/v1/chat/completions":
            self.behave(request, count, body["model"])
        else:
            self.send({"error": {"message": "Not Found"}}, 404)

    def behave(self, request: Request, count: int, model: str) -> None:
        if model == "every fault":
            model = self.state.fault(request)
        if model == "429 with Retry-After" and count == 1:
            self.send({"error": {"message": "slow down"}}, 429, {"Retry-After": "1"})
        elif model == "500 twice" and count <= 2:
            self.send({"error": {"message": "out of memory"}}, 500)
        elif model in ("hang", "drip"):
            self.hang(dripping=model == "drip")
        elif model in ("cut connection", "half a JSON", "1 MB of junk", "cut at once"):
            self.broken(model, json.dumps(good(request)).encode())
        elif model in HOSTILE:
            HOSTILE[model](self, request)
        elif model.startswith("status "):
            self.send({"error": {"message": f"no, {request.key}", "code": "none"}}, int(model.split()[1]))
        elif model.startswith("without ") and any(name in request.body for name in model.split()[1:]):
            name = next(name for name in model.split()[1:] if name in request.body)
            self.send({"error": {"message": f"Unsupported parameter: '{name}'", "param": name}}, 400)
        else:
            self.send(answer(model, request))

    def broken(self, model: str, body: bytes) -> None:
        if model == "half a JSON":
            self.raw(body[: len(body) // 2])
        elif model == "1 MB of junk":
            self.raw(bytes(range(33, 127)) * 11_000)
        else:
            self.close_connection = True
            if model == "cut connection":
                self.raw(body[: len(body) // 2], length=len(body))
            with suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)

    def hang(self, dripping: bool) -> None:
        """Say nothing, or a byte now and then, until the server stops or the client hangs up."""
        self.close_connection = True
        if dripping:
            self.raw(b"", length=1_000_000)
        with suppress(OSError):
            while not self.state.stopped.wait(0.05):
                if dripping:
                    self.wfile.write(b" ")
                    self.wfile.flush()
                else:
                    self.connection.settimeout(0.05)
                    with suppress(TimeoutError):
                        if not self.connection.recv(1):
                            return

    def send(self, body: dict[str, Any], status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.raw(json.dumps(body).encode(), status=status, headers=headers)

    def raw(
        self, body: bytes, length: int | None = None, status: int = 200, headers: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in {**(headers or {}), "Content-Type": "application/json"}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


def answer(model: str, request: Request) -> dict[str, Any]:
    """What a model says."""
    texts = {
        "empty answer": "",
        "refusal": "I'm sorry, but I can't compare photos of people.",
        "both answers": "<answer>A</answer> or is it <answer>A or B</answer>? <answer>B</answer>",
        "endless think": "<think>\nThe answer could be <answer>A</answer>, but wait. " + "Hmm. " * 500,
        "junk in JSON": "".join(map(chr, range(33, 0x2000))) * 130,
        "key": f"<answer>A</answer> {request.key}",
        "no answer": REASON.format("A (Left)", "B (Right)"),
    }
    if model in texts:
        return completion(texts[model], cut=model == "endless think")
    made = good(request)
    if model == "no probabilities" or "logprobs" not in request.body:
        del made["choices"][0]["logprobs"]
    if model == "thinks apart":
        message = made["choices"][0]["message"]
        made["choices"][0]["message"] = {"content": None, "reasoning_content": message["content"][:60]}
    if model == "in pieces":
        message = made["choices"][0]["message"]
        message["content"] = [{"type": "text", "text": piece} for piece in message["content"].partition("\n")]
    if model == "declines":
        made["choices"][0]["message"] = {"content": None, "refusal": "I will not."}
    return made


def good(request: Request) -> dict[str, Any]:
    """The side with more fine detail, with reasons and the probabilities of the answer's token."""
    p_a = probability_of_a(request)
    side, other = ("A", "B") if p_a > 0.5 else ("B", "A")
    reason = f"<thinking>\n{REASON.format(side, other)}\n</thinking>\n"
    if "Write nothing but" in request.text:
        reason = ""
    likely = [
        {"token": side, "logprob": math.log(max(p_a, 1 - p_a) * 0.98)},
        {"token": other, "logprob": math.log(min(p_a, 1 - p_a) * 0.98)},
        {"token": "Both", "logprob": math.log(0.02)},
    ]
    pieces = [*(piece + "\n" for piece in reason.splitlines()), "<", "answer", ">", side, "</", "answer>"]
    tokens = [{"token": piece, "logprob": -0.1, "top_logprobs": []} for piece in pieces]
    tokens[pieces.index(side)]["top_logprobs"] = likely
    made = completion("".join(pieces))
    made["choices"][0]["logprobs"] = {"content": tokens}
    return made


def probability_of_a(request: Request) -> float:
    """How sure the good model is of A, by the fine detail of the whole photos."""
    images = request.images
    if "side by side" in request.text or len(images) == 1:
        middle = images[0].shape[1] // 2
        images = (images[0][:, :middle], images[0][:, middle:])
    a, b = (float(cv2.Laplacian(image, cv2.CV_64F).std()) for image in (images[0], images[len(images) // 2]))
    return 1 / (1 + math.exp(-math.log((a + 1) / (b + 1)) * 3))


def completion(text: str, cut: bool = False) -> dict[str, Any]:
    """A text as the protocol has it."""
    return {
        "id": "c", "object": "chat.completion", "created": int(time.time()), "model": "m",
        "choices": [{
            "index": 0, "finish_reason": "length" if cut else "stop", "logprobs": None,
            "message": {"role": "assistant", "content": text},
        }],
        "usage": {"prompt_tokens": 1000, "completion_tokens": len(text) // 4, "total_tokens": 0},
    }  # fmt: skip


def _images(body: dict[str, Any]) -> Iterator[NDArray[np.uint8]]:
    for part in body["messages"][-1]["content"]:
        if part["type"] == "image_url":
            head, _, data = part["image_url"]["url"].partition(",")
            assert head == "data:image/png;base64"
            pixels = cv2.imdecode(np.frombuffer(base64.b64decode(data), np.uint8), cv2.IMREAD_COLOR)
            assert pixels is not None
            yield np.asarray(pixels[..., ::-1], np.uint8)


def only_this_server(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key, no server of the environment, no proxy before loopback, and short waits."""
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")
    monkeypatch.setattr(openai_client, "FIRST_WAIT", 0.01)
