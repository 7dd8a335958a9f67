"""Answers that a hostile or careless server gives: without end, packed, to another host, in other forms.

Each is a function of the handler of `fault_server` and of the request; its name in `HOSTILE` is the model's.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

REASON = "Global Sharpness: Image A is sharper, while Image B is blurry."
ANSWER = f"<thinking>\n{REASON}\n</thinking>\n<answer>A</answer>"


def head(handler: Any, status: int, *headers: str) -> None:
    """The start of an answer after which the connection is closed."""
    handler.close_connection = True
    lines = [f"HTTP/1.1 {status} Whatever", "Content-Type: application/json", *headers]
    handler.wfile.write("\r\n".join((*lines, "", "")).encode())


def endless(handler: Any, piece: bytes, wait: float = 0.0, most: int = 200_000) -> None:
    """A piece again and again, until the client hangs up or the server stops."""
    with suppress(OSError):
        for _ in range(most):
            handler.wfile.write(piece)
            handler.wfile.flush()
            if handler.state.stopped.wait(wait):
                return


@cache
def bomb() -> bytes:
    """Gzip of 40 MB of zeros: 40 KB."""
    return gzip.compress(bytes(40 << 20), 6)


def packed(handler: Any, status: int, body: bytes, encoding: str = "gzip") -> None:
    head(handler, status, f"Content-Encoding: {encoding}", f"Content-Length: {len(body)}")
    with suppress(OSError):
        handler.wfile.write(body)


def chunks(handler: Any, status: int, piece: bytes, wait: float) -> None:
    head(handler, status, "Transfer-Encoding: chunked")
    endless(handler, b"%x\r\n%s\r\n" % (len(piece), piece), wait)


def slow_headers(handler: Any) -> None:
    head_of_it = b"HTTP/1.1 200 OK\r\n"
    handler.close_connection = True
    handler.wfile.write(head_of_it)
    endless(handler, b"X-More: 1\r\n", 0.05)


def interim(handler: Any, wait: float) -> None:
    handler.close_connection = True
    endless(handler, b"HTTP/1.1 103 Early Hints\r\n\r\n" * (1000 if not wait else 1), wait)


def redirect(handler: Any, status: int) -> None:
    elsewhere = handler.state.elsewhere or "http://photos.elsewhere.test/v1/chat/completions?secret=1"
    head(handler, status, f"Location: {elsewhere}", "Content-Length: 0")


def said(**message: Any) -> dict[str, Any]:
    """A completion with a message that is not the usual one."""
    choice = {
        "index": 0,
        "finish_reason": "stop",
        "message": {"role": "assistant", "content": None, **message},
    }
    return {"choices": [choice], "usage": {"prompt_tokens": 1000, "completion_tokens": 9}}


def events(*data: Any) -> bytes:
    return b"".join(
        b"data: %s\n\n" % (one if isinstance(one, bytes) else json.dumps(one).encode()) for one in data
    )


def stream(handler: Any, text: str = ANSWER) -> None:
    """A text as server-sent events, a few letters each, with the logprobs of its tokens."""
    deltas = [{"content": text[at : at + 7]} for at in range(0, len(text), 7)]
    pieces = [{"choices": [{"index": 0, "delta": delta}]} for delta in deltas]
    last = {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 1000}}
    handler.raw(b": hello\n\n" + events(*pieces, last, b"[DONE]"))


def escaped(key: str) -> bytes:
    """A key, and forms of it that are not the key, in JSON; a cut at 200 characters is in the first."""
    letters = "".join(f"\\u{ord(letter):04x}" for letter in key)
    percent = "".join(f"%{ord(letter):02X}" for letter in key)
    coded = [base64.b64encode(f"{before}{key}".encode()).decode() for before in ("Bearer ", "", "x")]
    forms = f"{key} {letters} {percent} {' '.join(coded)} {key.upper()}"
    return f'{{"error": {{"message": "{"x" * 160}{forms}"}}}}'.encode()


def calls(*arguments: str) -> list[dict[str, Any]]:
    return [{"type": "function", "function": {"name": "judge", "arguments": one}} for one in arguments]


HOSTILE: dict[str, Callable[[Any, Any], None]] = {
    "gzip bomb 500": lambda handler, _: packed(handler, 500, bomb()),
    "gzip bomb 200": lambda handler, _: packed(handler, 200, bomb()),
    "gzip and more": lambda handler, _: packed(handler, 200, gzip.compress(bytes(200_000)) * 20),
    "gzip twice": lambda handler, _: packed(handler, 200, b"", "gzip, gzip"),
    "no gzip": lambda handler, _: packed(handler, 200, b"plain"),
    "gzip": lambda handler, _: packed(handler, 200, gzip.compress(json.dumps(said(content=ANSWER)).encode())),
    "endless chunks 400": lambda handler, _: chunks(handler, 400, b"x" * 65536, 0.0),
    "slow chunks 400": lambda handler, _: chunks(handler, 400, b"x", 0.05),
    "slow headers": lambda handler, _: slow_headers(handler),
    "slow interim": lambda handler, _: interim(handler, 0.05),
    "interim": lambda handler, _: interim(handler, 0.0),
    "307": lambda handler, _: redirect(handler, 307),
    "302": lambda handler, _: redirect(handler, 302),
    "error in 200": lambda handler, _: handler.send({"error": {"message": "no such lens", "code": 7}}),
    "error text in 200": lambda handler, _: handler.send({"error": "no such lens"}),
    "error in choice": lambda handler, _: handler.send({"choices": [{"error": {"message": "no such lens"}}]}),
    "detail in 200": lambda handler, _: handler.send({"detail": "no such lens"}),
    "stream": lambda handler, _: stream(handler),
    "stream without answer": lambda handler, _: stream(handler, "I am not sure."),
    "error in stream": lambda handler, _: handler.raw(events({"error": {"message": "no such lens"}})),
    "half a stream": lambda handler, _: handler.raw(b'data: {"choices": [{"del'),
    "tool with answer": lambda handler, _: handler.send(said(tool_calls=calls(ANSWER))),
    "tool": lambda handler, _: handler.send(said(tool_calls=calls('{"zoom": 2}', '{"zoom": 4}'))),
    "only thought": lambda handler, _: handler.send(said(reasoning_content=ANSWER)),
    "counts": lambda handler, _: handler.send(said(content=ANSWER) | {"usage": {"prompt_tokens": True}}),
    "to a file": lambda handler, _: head(handler, 307, "Location: file:///etc/passwd", "Content-Length: 0"),
    "long": lambda handler, _: handler.send(said(content=f"{ANSWER}\n" + 2_000_000 * "x" + ANSWER)),
    "colours": lambda handler, _: handler.send({"error": {"message": "\x1b[31mno"}}, 400),
    "key in error": lambda handler, request: handler.raw(escaped(request.key), status=400),
    "key in answer": lambda handler, request: handler.raw(
        json.dumps(said(content="<answer>A</answer> +")).encode().replace(b"+", escaped(request.key)[24:-3])
    ),
}  # fmt: skip
