"""A model behind a server that speaks OpenAI's protocol: vLLM, SGLang, llama.cpp, Ollama, commercial ones."""

from __future__ import annotations

import base64
import time
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from twinlens.core import catalog
from twinlens.core.types import Call, Failure, FailureKind, Pair
from twinlens.judges import budget, openai_client
from twinlens.judges.logprobs import first_chance
from twinlens.judges.openai_client import Line, Trouble
from twinlens.judges.vlm import Asker, Question, Said, clipped

LIKELIEST = 5
"""Tokens of which the probability is asked for, at each place."""


@dataclass(frozen=True)
class Chat(Asker):
    """Asks a model behind an OpenAI-compatible server, such as vLLM; the key is OPENAI_API_KEY.

    Photos travel as PNG, to the last bit. `timeout` is in seconds a call. `retries` are made where the server
    is busy or fails, after the time it asks for.
    """

    base_url: str | None = None
    _: KW_ONLY
    temperature: float = 0.0
    max_tokens: int = 1024
    timeout: float = 60.0
    retries: int = 5
    in_flight: int = 16

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.base_url is not None:
            openai_client.check_url(self.base_url)
        least = {"temperature": 0, "max_tokens": 1, "retries": 0, "in_flight": 1}
        for name, value in least.items():
            if not getattr(self, name) >= value:
                raise ValueError(f"found {name}={getattr(self, name)}; expected {value} or more")
        if not 0 < self.timeout < 1e6:
            raise ValueError(f"found timeout={self.timeout}; expected seconds above 0")

    @property
    def version(self) -> str:
        """What the answers depend on beside the spec: the prompt, and the server the environment names."""
        url = openai_client.url_of_environment() if self.base_url is None else ""
        return f"{super().version} {url}".strip()

    def say(self, pair: Pair, question: Question) -> Said | Failure:
        """What the model says to a question, asked again where the server fails; each call is recorded.

        BudgetSpent where `judges.budget` allows no further call.
        """
        line = openai_client.line(self.base_url, self.model, self.in_flight)
        parameters = self._parameters(pair, question)
        calls: list[Call] = []
        tried = 0
        raw = ""
        while True:
            line.quiet()
            budget.whole().take()
            with line.slots:
                start = time.perf_counter()
                found = line.call(parameters, self.timeout, self.retries)
            call = Call(self.model, time.perf_counter() - start, question.sizes)
            if not isinstance(found, Trouble):
                return self._said(line, pair, found, [*calls, call])
            calls.append(replace(call, outcome=found.detail))
            raw = found.raw or raw
            if found.without:
                line.left_out.add(found.without)
                continue
            if tried >= found.again:
                return self._failure(found.kind, _after(found.detail, tried), raw, pair, calls)
            wait = min(openai_client.FIRST_WAIT * 2**tried, openai_client.LONGEST_WAIT)
            line.hold(wait if found.wait is None else found.wait, for_all=found.wait is not None)
            tried += 1

    def _parameters(self, pair: Pair, question: Question) -> dict[str, Any]:
        content = [_part(pair, part) for part in question.content]
        system = [{"role": "system", "content": question.system}] if question.system else []
        return {
            "model": self.model,
            "messages": [*system, {"role": "user", "content": content}],
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
            "logprobs": True,
            "top_logprobs": LIKELIEST,
        }

    def _said(self, line: Line, pair: Pair, answer: dict[str, Any], calls: list[Call]) -> Said | Failure:
        """What an answer holds: its text, the chance of A where tokens have probabilities, its cost."""
        usage = answer.get("usage")
        spent = [_count(usage, name) for name in ("prompt_tokens", "completion_tokens")]
        budget.whole().spend(sum(tokens or 0 for tokens in spent))
        first = answer["choices"][0] if isinstance(answer["choices"][0], dict) else {}
        message = first["message"] if isinstance(first.get("message"), dict) else {}
        cut = first.get("finish_reason") == "length"
        told = f"cut at {self.max_tokens} tokens" if cut else "ok"
        calls[-1] = replace(calls[-1], prompt_tokens=spent[0], answer_tokens=spent[1], outcome=told)
        text = line.clean(_text(message.get("content")))
        refusal = message.get("refusal")
        if first.get("finish_reason") == "content_filter" or (refusal and not text.strip()):
            raw = line.clean(str(refusal)) if refusal else text
            return self._failure("refused", "the server declines to answer", raw, pair, calls)
        thought = message.get("reasoning_content") or message.get("reasoning")
        if not text.strip() and isinstance(thought, str) and thought:
            text = line.clean(f"<think>\n{thought}" if cut else f"<think>\n{thought}\n</think>")
        tokens = first["logprobs"].get("content") if isinstance(first.get("logprobs"), dict) else None
        chance = first_chance(tokens) if isinstance(tokens, list) else None
        return Said(text, tuple(calls), chance, cut, _notes(line))

    def _failure(self, kind: FailureKind, detail: str, raw: str, pair: Pair, calls: list[Call]) -> Failure:
        return Failure(kind, detail, clipped(raw), catalog.spec(self), pair.id, tuple(calls))


def _part(pair: Pair, part: str | NDArray[np.uint8]) -> dict[str, Any]:
    """A piece of a question as the protocol has it; images as PNG, made once for both orders of a pair."""
    if isinstance(part, str):
        return {"type": "text", "text": part}
    kept = ("png", id(part))  # the image is kept with its PNG, so that no other has its id
    _, url = pair.cached(kept, lambda _: (part, _url(part)))
    return {"type": "image_url", "image_url": {"url": url}}


def _url(pixels: NDArray[np.uint8]) -> str:
    png = cv2.imencode(".png", np.ascontiguousarray(pixels[..., ::-1]))[1]
    return f"data:image/png;base64,{base64.b64encode(png.data).decode('ascii')}"


def _text(content: Any) -> str:
    """The text of a message, which may come in pieces."""
    if isinstance(content, list):
        pieces = (part.get("text") if isinstance(part, dict) else part for part in content)
        return "".join(piece for piece in pieces if isinstance(piece, str))
    return content if isinstance(content, str) else ""


def _count(usage: Any, name: str) -> int | None:
    found = usage.get(name) if isinstance(usage, dict) else None
    return found if isinstance(found, int) and found >= 0 else None


def _notes(line: Line) -> tuple[str, ...]:
    """What the server could not be asked for, where that may change answers."""
    return ("the server takes no temperature: it decides itself",) if "temperature" in line.left_out else ()


def _after(detail: str, tried: int) -> str:
    return f"{detail} (asked {tried + 1} times)" if tried else detail
