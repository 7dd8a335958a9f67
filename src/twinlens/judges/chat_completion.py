"""What a server's answer holds: a completion as OpenAI's protocol has it, whole or a stream, or an error."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

ONLY_THOUGHT = "the answer stands only in the model's reasoning (reasoning_content)"
NO_ANSWER = "the server's answer holds no choices"
NO_JSON = "the server's answer is no JSON"


@dataclass(frozen=True)
class Message:
    """What a model wrote: its text, a refusal, tokens with logprobs, numbers of tokens, and what was odd.

    `tool` names the tools that it called in place of an answer; the text is then what it passed to them.
    """

    text: str
    refusal: str
    tokens: list[Any] | None
    prompt_tokens: int | None
    answer_tokens: int | None
    truncated: bool
    tool: str = ""
    notes: tuple[str, ...] = ()


def completion(body: str) -> dict[str, Any] | str:
    """The completion that a body holds, with a choice at least; or what is wrong with it, in a line."""
    try:
        read = _streamed(body) if _is_stream(body) else json.loads(body)
    except (ValueError, RecursionError):
        return NO_JSON
    made = as_object(read)
    choices = _list(made.get("choices"))
    wrong = made if made.get("error") or not choices else as_object(choices[0])
    if choices and not wrong.get("error"):
        return made
    return f"the server says: {said}" if (said := words(wrong)) else NO_ANSWER


def words(body: dict[str, Any]) -> str:
    """The words of an error as servers send it, "" where there are none."""
    error = body.get("error") or body
    if isinstance(error, dict):
        said = next((error[name] for name in ("message", "detail", "msg") if error.get(name)), "")
        error = said or (error if error is not body else "")
    return error if isinstance(error, str) else json.dumps(error)


def message(made: dict[str, Any]) -> Message:
    """What the first choice of a completion holds; what is not as the protocol has it counts as absent."""
    choice = as_object(made["choices"][0])
    sent, usage = as_object(choice.get("message")), as_object(made.get("usage"))
    end = choice.get("finish_reason")
    text, refusal = _text(sent.get("content")), _text(sent.get("refusal"))
    tokens = as_object(choice.get("logprobs")).get("content")
    notes: tuple[str, ...] = ()
    tool = ""
    if not text.strip() and not refusal:
        called = list(_calls(sent))
        thought = _text(sent.get("reasoning_content")) or _text(sent.get("reasoning"))
        if called:
            tool, text = ", ".join(name for name, _ in called), "\n".join(passed for _, passed in called)
        elif thought:
            text = f"<think>\n{thought}" + ("" if end == "length" else "\n</think>")
            notes = (ONLY_THOUGHT,)
    if end == "content_filter":
        refusal = refusal or text or "content_filter"
    return Message(
        text, refusal if end == "content_filter" or not text.strip() else "",
        tokens if isinstance(tokens, list) else None,
        _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens")),
        end == "length", tool, notes,
    )  # fmt: skip


def as_object(value: Any) -> dict[str, Any]:
    """A value that should be an object; an empty one where it is none."""
    return value if isinstance(value, dict) else {}


def _is_stream(body: str) -> bool:
    """Whether a body consists of server-sent events."""
    return body.lstrip().startswith(("data:", "event:", ":", "id:", "retry:"))


def _streamed(body: str) -> dict[str, Any]:
    """The completion that server-sent events come to: what each adds to the first choice, put together."""
    events = [line[5:].strip() for line in body.replace("\r", "\n").split("\n") if line.startswith("data:")]
    pieces = [as_object(json.loads(event)) for event in events if event != "[DONE]"]
    if wrong := next((piece for piece in pieces if piece.get("error")), None):
        return wrong
    lists = (piece.get("choices") for piece in pieces)
    choices = [as_object(one) for some in lists if isinstance(some, list) for one in some]
    choices = [one for one in choices if one.get("index", 0) == 0]
    deltas = [as_object(one.get("delta") or one.get("message")) for one in choices]
    sent: dict[str, Any] = {
        name: "".join(_text(delta.get(name)) for delta in deltas)
        for name in ("content", "refusal", "reasoning_content", "reasoning")
    }
    sent["tool_calls"] = [call for delta in deltas for call in _list(delta.get("tool_calls"))]
    tokens = [token for one in choices for token in _list(as_object(one.get("logprobs")).get("content"))]
    ends = [one["finish_reason"] for one in choices if one.get("finish_reason")]
    usage = [piece["usage"] for piece in pieces if piece.get("usage")]
    choice = {
        "message": sent,
        "finish_reason": ends[-1] if ends else None,
        "logprobs": {"content": tokens or None},
    }
    return {"choices": [choice] if choices else [], "usage": usage[-1] if usage else None}


def _calls(sent: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The tools that a message calls, and what it passes to each; of a stream the pieces are put together."""
    called: dict[Any, list[dict[str, Any]]] = {}
    for place, call in enumerate([*_list(sent.get("tool_calls")), {"function": sent.get("function_call")}]):
        function = as_object(as_object(call).get("function"))
        if function:
            called.setdefault(str(as_object(call).get("index", f"at {place}")), []).append(function)
    for pieces in called.values():
        name, passed = ("".join(_text(piece.get(key)) for piece in pieces) for key in ("name", "arguments"))
        yield name, passed


def _text(content: Any) -> str:
    """The text of a message, which may come in pieces."""
    pieces = content if isinstance(content, list) else [content]
    texts = (as_object(piece).get("text", piece) for piece in pieces)
    return "".join(text for text in texts if isinstance(text, str))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _count(value: Any) -> int | None:
    return value if type(value) is int and value >= 0 else None
