"""Expressions are arithmetic over scores and nothing else."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinlens.core.errors import BadInput
from twinlens.scoring.expression import parse, parse_gate


def test_a_composite_is_read_with_its_names_once_each() -> None:
    made = parse("0.7*accuracy + 0.15*bleu4 + 0.15*rouge_l - (accuracy - 1) / 2")
    assert made.names == ("accuracy", "bleu4", "rouge_l")
    assert made.value({"accuracy": 1.0, "bleu4": 0.2, "rouge_l": 0.4}) == pytest.approx(0.79)


def test_it_works_on_arrays() -> None:
    assert parse("-accuracy").value({"accuracy": np.array([1.0, 2.0])}).tolist() == [-1, -2]


@pytest.mark.parametrize("text", ["win_rate(v2)>=0.5", "win_rate('v2') >= 0.5", '0.5 <= win_rate("v2")'])
def test_a_version_is_named_with_or_without_quotes(text: str) -> None:
    gate = parse_gate(text)
    assert gate.names == ("win_rate(v2)",)
    assert gate.met({"win_rate(v2)": 0.5})
    assert not gate.met({"win_rate(v2)": 0.49})


def test_a_version_may_have_any_name() -> None:
    assert parse_gate("win_rate(v2.1-beta 3) > 0").names == ("win_rate(v2.1-beta 3)",)
    assert parse_gate("low(win_rate(v2)) > 0.5").met({"low(win_rate(v2))": 0.6})


def test_a_gate_may_ask_for_the_ends_of_an_interval() -> None:
    gate = parse_gate("low(accuracy) >= 0.6")
    assert gate.names == ("accuracy",)
    assert gate.met({"low(accuracy)": 0.61, "accuracy": 0.1})


def test_a_score_without_a_value_meets_nothing() -> None:
    assert not parse_gate("accuracy >= 0").met({"accuracy": math.nan})
    assert not parse_gate("accuracy/0 >= 0").met({"accuracy": 1.0})


@pytest.mark.parametrize(
    "text",
    [
        "", "1 +", "__import__('os')", "accuracy ** 9", "accuracy.real", "[accuracy]", "accuracy if 1 else 2",
        "lambda: 1", "'a'", "True", "low(accuracy)", "accuracy > 1", "f(accuracy)", "a" * 1001, "(" * 500,
        "1j", "accuracy and 1", "accuracy\x00",
    ],
)  # fmt: skip
def test_nothing_but_arithmetic_is_read(text: str) -> None:
    with pytest.raises(BadInput, match="expected"):
        parse(text)


@pytest.mark.parametrize(
    "text", ["accuracy", "0 < accuracy < 1", "accuracy == 1", "low(1) > 0", "low(a, b) > 0"]
)
def test_a_gate_is_one_comparison(text: str) -> None:
    with pytest.raises(BadInput, match="expected"):
        parse_gate(text)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    for reader in (parse, parse_gate):
        try:
            made = reader(text)
        except BadInput:
            continue
        assert made.text == text
