"""Bodies of any shape: each is read as a completion or named in a line, and none breaks the reader."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twinlens.judges.chat_completion import completion, message, words

NAMES = (
    "choices", "message", "delta", "content", "text", "error", "index", "finish_reason", "logprobs", "usage",
    "tool_calls", "function", "function_call", "arguments", "name", "reasoning_content", "refusal", "detail",
    "prompt_tokens",
)  # fmt: skip
LEAVES = st.sampled_from([None, True, 0, 1, -3, 1.5, "", "x", "length", "content_filter"])
BODIES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=5),
    max_leaves=25,
)


@settings(max_examples=300, deadline=None)
@given(BODIES, st.booleans())
def test_a_body_of_any_shape_is_read_or_named(body: Any, streamed: bool) -> None:
    choices = {"choices": [body, body]}
    for one in (body, choices):
        text = json.dumps(one)
        made = completion(f"data: {text}\n\ndata: {text}\n\ndata: [DONE]\n\n" if streamed else text)
        if isinstance(made, dict):
            said = message(made)
            assert isinstance(said.text, str)
            assert isinstance(said.refusal, str)
        else:
            assert made.startswith("the server")


@settings(max_examples=100, deadline=None)
@given(st.text())
def test_a_text_that_is_no_body_is_named(text: str) -> None:
    assert isinstance(completion(text), str)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"error": {"message": "no", "code": 3}}, "no"),
        ({"error": {"code": 3}}, '{"code": 3}'),
        ({"error": "no"}, "no"),
        ({"object": "error", "message": "no"}, "no"),
        ({"detail": [{"msg": "no"}]}, '[{"msg": "no"}]'),
        ({"other": 1}, ""),
    ],
)
def test_the_words_of_an_error_are_those_for_people(body: Any, said: str) -> None:
    assert words(body) == said
