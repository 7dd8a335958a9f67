"""A model behind a server that speaks OpenAI's protocol: vLLM, SGLang, llama.cpp, Ollama, commercial ones."""

import base64
import time
from dataclasses import KW_ONLY, dataclass, replace
from typing import Any
from urllib.parse import urlsplit

import cv2
import numpy as np
from numpy.typing import NDArray

from twinlens.core import catalog
from twinlens.core.types import Call, Failure, FailureKind, Pair
from twinlens.judges import budget, openai_client, reachability
from twinlens.judges.chat_completion import message
from twinlens.judges.openai_client import CallError, Client, probability_of_a
from twinlens.judges.vlm import Completion, VisionLanguageJudge, VisionPrompt, shortened

TOP_LOGPROBS = 5
"""Tokens of which the probability is wanted, at each place."""
LONGEST_TEXT = 1 << 20
"""Characters of a completion that are read; of a longer one its start and its end are."""


@dataclass(frozen=True)
class Chat(VisionLanguageJudge):
    """A model behind an OpenAI-compatible server, such as vLLM; the key is OPENAI_API_KEY.

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

    @property
    def sends_to(self) -> tuple[str, ...]:
        """The host that gets the photos."""
        return (urlsplit(openai_client.address(self.base_url)).hostname or "",)

    def complete(self, pair: Pair, prompt: VisionPrompt) -> Completion | Failure:
        """What the model writes to a prompt, called again where the server fails; each call is recorded.

        BudgetSpent where `judges.budget` allows no further call.
        """
        client = openai_client.client(self.base_url, self.model, self.in_flight)
        parameters = self._parameters(pair, prompt)
        calls: list[Call] = []
        retried, raw, unconnected = 0, "", 0
        while True:
            client.wait_for_server()
            budget.current().count_call()
            with client.slots:
                start = time.perf_counter()
                answer = client.call(parameters, self.timeout, self.retries)
            calls.append(Call(self.model, time.perf_counter() - start, prompt.sizes))
            if not isinstance(answer, CallError):
                return self._completion(client, pair, answer, calls)
            calls[-1] = replace(calls[-1], outcome=answer.detail)
            raw = answer.raw or raw
            unconnected = unconnected + 1 if answer.unconnected else 0
            if answer.without:
                client.unsupported.add(answer.without)
                continue
            if retried >= answer.retries:
                if unconnected:
                    reachability.unconnected(client.host, unconnected)
                detail = f"{answer.detail} (asked {retried + 1} times)" if retried else answer.detail
                return self._failure(answer.kind, detail, raw, pair, calls)
            client.wait(retried, answer.retry_after)
            retried += 1

    def _parameters(self, pair: Pair, prompt: VisionPrompt) -> dict[str, Any]:
        content = [_part(pair, part) for part in prompt.content]
        system = [{"role": "system", "content": prompt.system}] if prompt.system else []
        return {
            "model": self.model,
            "messages": [*system, {"role": "user", "content": content}],
            "max_tokens": self.max_tokens,
            "temperature": self.temperature,
            "logprobs": True,
            "top_logprobs": TOP_LOGPROBS,
        }

    def _completion(
        self, client: Client, pair: Pair, answer: dict[str, Any], calls: list[Call]
    ) -> Completion | Failure:
        """What an answer holds: its text, the probability of A where tokens have logprobs, its cost."""
        sent = message(answer)
        counts = sent.prompt_tokens, sent.answer_tokens
        budget.current().count_tokens(sum(count or 0 for count in counts))
        outcome = f"cut at {self.max_tokens} tokens" if sent.truncated else "ok"
        if sent.tool:
            called = " ".join(client.redact.ends(sent.tool, 1000).split())[:100]
            outcome = f"the model called the tool {called} in place of an answer"
        calls[-1] = replace(calls[-1], prompt_tokens=counts[0], answer_tokens=counts[1], outcome=outcome)
        text = client.redact.ends(sent.text, LONGEST_TEXT)
        if sent.refusal:
            raw = client.redact.ends(sent.refusal, LONGEST_TEXT)
            return self._failure("refused", "the server declines to answer", raw, pair, calls)
        p_first = None if sent.tokens is None else probability_of_a(sent.tokens)
        free = "temperature" in client.unsupported
        notes = [*sent.notes, *([outcome] if sent.tool else ())]
        notes += ["the server takes no temperature: it decides itself"] if free else []
        return Completion(text, tuple(calls), p_first, sent.truncated, tuple(notes))

    def _failure(self, kind: FailureKind, detail: str, raw: str, pair: Pair, calls: list[Call]) -> Failure:
        return Failure(kind, detail, shortened(raw), catalog.spec(self), pair.id, tuple(calls))


def _part(pair: Pair, part: str | NDArray[np.uint8]) -> dict[str, Any]:
    """A piece of a prompt as the protocol has it; images as PNG, made once for both orders of a pair."""
    if isinstance(part, str):
        return {"type": "text", "text": part}
    key = ("png", id(part))  # the image is kept with its PNG, so that no other has its id
    _, url = pair.cached(key, lambda _: (part, _url(part)))
    return {"type": "image_url", "image_url": {"url": url}}


def _url(pixels: NDArray[np.uint8]) -> str:
    png = cv2.imencode(".png", np.ascontiguousarray(pixels[..., ::-1]))[1]
    return f"data:image/png;base64,{base64.b64encode(png.data).decode('ascii')}"
