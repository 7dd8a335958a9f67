"""Templates are programs of others: filled in within bounds of memory and time, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from twinlens.core.errors import BadInput
from twinlens.language import templates
from twinlens.language.prompt import Template, prompt
from twinlens.language.templates import TemplateFailed, fill

LOOP = "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"


def chat(text: str, **values: Any) -> str:
    return fill("chat", text, [(None, values)]).texts[0]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{{ 'x' * 10**10 }}", "it takes more memory than 536,870,912 bytes"),
        ("{{ 'x'.ljust(10**10) }}", "it takes more memory"),
        ("{{ '%010000000000d' % 1 }}", "it takes more memory"),
        ("{{ 'x'|center(10**10) }}", "it takes more memory"),
        ("{% for i in range(9999) %}{{ 'x' * 9999 }}{% endfor %}", "it gives more than 4,194,304 characters"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "it calls itself without end"),
        ("{{ range(10**9)|list }}", "Range too big"),
        ("{{ ''.__class__.__mro__ }}", "access to attribute '__class__' of 'str' object is unsafe"),
        ("{% include '/etc/passwd' %}", "no loader for this environment"),
        ("{{ raise_exception('not\nthis') }}", "not this"),
        ("{{ nothing.at.all }}", "'nothing' is undefined"),
        ("{% if %}", "line 1: Expected an expression"),
    ],
)  # fmt: skip
def test_a_template_goes_beyond_no_bound_and_what_it_wants_is_said_in_a_line(text: str, why: str) -> None:
    with pytest.raises(TemplateFailed) as caught:
        chat(text)
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)
    assert chat("{{ a }}", a=1) == "1"


@pytest.mark.parametrize(
    "text",
    ["{{ 10 ** (10 ** 8) }}", LOOP],
)
def test_a_template_without_end_is_ended_and_the_next_one_is_filled_in(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(templates, "SECONDS", 0)
    with pytest.raises(TemplateFailed, match=r"^it takes too long$"):
        chat(text)
    assert chat("{{ a }}", a=1) == "1"


def test_a_prompt_with_such_a_template_is_refused_in_a_line() -> None:
    text = "{% block system %}{% endblock %}{% block user %}{{ 'x' * 10**10 }}{% endblock %}"
    with pytest.raises(BadInput, match=r"^the prompt 'mine' cannot be .*: it takes more memory than"):
        prompt(Template("mine", text), kind="scene")


def test_what_chat_templates_of_checkpoints_use_is_there() -> None:
    text = (
        "{% for m in messages %}{% if loop.first %}{% continue %}{% endif %}{{ m|tojson }}{% endfor %}"
        "{% generation %}<{{ bos }}>{% endgeneration %}{{ strftime_now('%Y')|length }}"
        "{% set n = namespace(a=1) %}{% set n.a = 2 %}{{ n.a }}{{ dict(b='é')|tojson(indent=1) }}"
    )
    made = chat(text, messages=[{"a": 1}, {"b": "<é>"}], bos="s")
    assert made == '{"b": "<é>"}<s>42{\n "b": "é"\n}'
