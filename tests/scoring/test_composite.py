"""A composite is a weighted sum of scores, a gate one comparison; nothing else is read."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinlens.core.errors import BadInput
from twinlens.scoring.composite import parse_composite, parse_gate


def test_a_composite_is_the_sum_of_its_weighted_scores() -> None:
    made = parse_composite("0.7*accuracy + .15 * bleu4+1.5e-1*rouge_l - win_rate(v2)")
    assert dict(made.weights) == {"accuracy": 0.7, "bleu4": 0.15, "rouge_l": 0.15, "win_rate(v2)": -1.0}
    scores = {"accuracy": 1.0, "bleu4": 0.2, "rouge_l": 0.4, "win_rate(v2)": 0.5}
    assert made.value(scores) == pytest.approx(0.29)


def test_a_composite_of_arrays_is_an_array() -> None:
    made = parse_composite("-accuracy")
    assert made.value({"accuracy": np.array([1.0, 2.0])}).tolist() == [-1, -2]


@pytest.mark.parametrize("text", ["win_rate(v2)>=0.5", "win_rate('v2') >= 0.5", 'win_rate("v2")>=.5'])
def test_a_version_is_named_with_or_without_quotes(text: str) -> None:
    gate = parse_gate(text)
    assert (gate.name, gate.end, gate.op, gate.number) == ("win_rate(v2)", "value", ">=", 0.5)


def test_a_version_may_have_any_name() -> None:
    assert parse_gate("win_rate(v2.1-beta 3) > 0").name == "win_rate(v2.1-beta 3)"
    assert "win_rate(low 1*2)" in parse_composite("2*win_rate(low 1*2)").weights


def test_a_gate_may_be_of_an_end_of_the_interval() -> None:
    assert parse_gate("low(accuracy) >= -0.6")[1:] == ("accuracy", "low", ">=", -0.6)
    assert parse_gate("high(win_rate(v2)) < 1")[1:] == ("win_rate(v2)", "high", "<", 1.0)


@pytest.mark.parametrize(
    "text",
    [
        "", "1 +", "__import__('os')", "accuracy ** 9", "accuracy.real", "[accuracy]", "accuracy if 1 else 2",
        "1", "accuracy accuracy", "accuracy*0.5", "(accuracy)", "accuracy/2", "accuracy > 1", "f(accuracy)",
        "low(accuracy)", "accuracy\x00", "0.5 accuracy", "+",
    ],
)  # fmt: skip
def test_nothing_but_a_weighted_sum_is_a_composite(text: str) -> None:
    with pytest.raises(BadInput, match="expected weights and names of scores"):
        parse_composite(text)


@pytest.mark.parametrize(
    "text",
    ["accuracy", "0 < accuracy < 1", "accuracy == 1", "low(1) > 0", "low(a, b) > 0", "0.5<=accuracy", "a>b"],
)
def test_a_gate_is_one_comparison_with_a_number(text: str) -> None:
    with pytest.raises(BadInput, match="expected one score"):
        parse_gate(text)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused_in_one_line(text: str) -> None:
    for reader in (parse_composite, parse_gate):
        try:
            assert reader(text).text == text
        except BadInput:
            continue
