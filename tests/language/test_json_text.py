"""JSON that models write in place of prose."""

from __future__ import annotations

import json
from typing import Any

import pytest

from twinlens.core.types import Reading
from twinlens.language.json_text import unwrapped
from twinlens.language.parse import read

REASONS = ["The face is sharper in Image A", "The hair has more texture in Image A"]


@pytest.mark.parametrize(
    ("value", "claims"),
    [
        ({"answer": "A", "reasons": REASONS}, "face sharpness a, hair texture a"),
        ({"sharpness": "A", "noise": {"winner": "B", "reason": "A is grainy"}},
         "global sharpness a, global noise b"),
        ([{"region": "face", "aspect": "sharpness", "favours": "A"},
          {"region": "hair", "text": "B is noisy"}], "face sharpness a, hair noise a"),
        ({"analysis": {"hair_noise": "Image B is grainy"}, "final": "A"}, "hair noise a"),
        ({"sharpness": {"A": 8, "B": 6}, "noise": {"A": 3, "B": 9}}, "global sharpness a, global noise b"),
        ({"noise_a": 2, "noise_b": 9}, "global noise b"),
        ({"hair": {"A": "crisp", "B": "smeared"}, "answer": "A"}, "hair sharpness a, hair artifacts a"),
        ({"image_a": {"hair": "crisp", "sky": "noisy"}, "image_b": {"hair": "soft", "sky": "clean"}},
         "hair sharpness a, background noise b"),
        ({"regions": [{"region": "hair", "a": "soft", "b": "crisp"}]}, "hair sharpness b"),
        ({"reason_a": "Image A is sharper", "reason_b": "Image B is noisier"},
         "global sharpness a, global noise a"),
        ({"claims": [["Image A is sharper."]]}, "global sharpness a"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["{}", "```json\n{}\n```", "Here it is:\n```\n{}\n```\n"])
def test_the_values_of_json_are_read_one_by_one(value: Any, claims: str, form: str) -> None:
    reading = read(form.format(json.dumps(value)))
    assert isinstance(reading, Reading)
    made = [f"{claim.region} {claim.aspect} {claim.favours}" for claim in reading.claims]
    assert sorted(made) == sorted(claims.split(", "))


def test_a_claim_from_json_has_its_value_as_text() -> None:
    reading = read(json.dumps({"answer": "A", "reasons": REASONS}))
    assert isinstance(reading, Reading)
    assert (reading.answer, [claim.text for claim in reading.claims]) == ("a", REASONS)


@pytest.mark.parametrize("text", ["{", "[" * 9000, '{"a": 1', "no JSON", "", '{"a": ' + "9" * 9000 + "}"])
def test_what_is_no_json_stays_as_it_is(text: str) -> None:
    assert unwrapped(text) == text


def test_a_long_key_over_many_values_makes_no_long_text() -> None:
    text = json.dumps({"k" * 5000: ["x"] * 5000})
    assert len(unwrapped(text)) < 50 * 5000
