"""The JSON objects that others build on."""

from __future__ import annotations

import dataclasses
import json
import math
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from twinlens.core import contracts, types
from twinlens.core.types import Claim, Evidence, Failure, Pair, Photo, Reading, Verdict

SHARP = Evidence(
    "sharpness", "face", "sharpness", 61.0, 38.5, "%", "higher", "a", 6.2, (4, 2, 3, 3), (5, 2, 3, 3)
)
CLAIM = Claim(
    "The eyes of A hold more detail.", "eyes", "sharpness", "a", (4, 2, 3, 3), "supported", (SHARP,)
)


def photo(file: str = "a.jpg") -> Photo:
    return Photo(file, "0" * 64, np.zeros((6, 9, 3), np.uint8), ("turned upright",))


def verdict(**changes: Any) -> Verdict:
    pair = Pair("p1", photo(), photo("b.jpg"), kind="person")
    return dataclasses.replace(
        Verdict(pair, "measured", "a", 0.75, (CLAIM,), "said so", seconds=0.5), **changes
    )


def valid(made: dict[str, Any], name: Any) -> dict[str, Any]:
    """The record as another program reads it from UTF-8, valid by the schema."""
    schema = contracts.schema(name)
    Draft202012Validator.check_schema(schema)
    read = json.loads(contracts.line(made).encode("utf-8"))
    Draft202012Validator(schema).validate(read)
    return read


def test_a_verdict_is_the_object_of_the_contract() -> None:
    made = valid(contracts.to_json(verdict(), "1.2"), "verdict")
    assert made["schema"] == "twinlens.verdict/1"
    assert made["pair"]["a"] == {
        "file": "a.jpg", "sha256": "0" * 64, "width": 9, "height": 6, "notes": ["turned upright"],
    }  # fmt: skip
    assert (made["choice"], made["p_a"], made["confidence"], made["version"]) == ("a", 0.75, 0.75, "1.2")
    assert made["claims"][0]["box"] == [4, 2, 3, 3]
    assert made["claims"][0]["evidence"][0] == {
        "metric": "sharpness", "region": "face", "aspect": "sharpness", "a": 61.0, "b": 38.5, "unit": "%",
        "better": "higher", "says": "a", "steps": 6.2, "box": [4, 2, 3, 3], "box_b": [5, 2, 3, 3],
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["bad-photo", "refused", "unreadable", "timeout", "broken"])
def test_a_failure_keeps_the_raw_text(kind: Any) -> None:
    made = valid(contracts.to_json(Failure(kind, "why", "I can't say", "fixed", "p1"), "1.2"), "failure")
    assert (made["kind"], made["raw"], made["pair"]) == (kind, "I can't say", {"id": "p1"})


def test_calls_to_models_are_told_where_there_were_any() -> None:
    calls = (
        types.Call("m", 1.5, ((640, 480),), 900, 40),
        types.Call("m", math.nan, outcome="the server says 500"),
    )
    told = valid(contracts.to_json(verdict(calls=calls), "1"), "verdict")["calls"]
    assert told[0] == {
        "model": "m", "seconds": 1.5, "images": [[640, 480]],
        "prompt_tokens": 900, "answer_tokens": 40, "outcome": "ok",
    }  # fmt: skip
    assert (told[1]["seconds"], told[1]["outcome"]) == (None, "the server says 500")
    failure = Failure("broken", "d", calls=calls)
    assert valid(contracts.to_json(failure, "1"), "failure")["calls"] == told
    assert valid(contracts.to_json(verdict(p_a=2.0, calls=calls), "1"), "failure")["calls"] == told
    assert "calls" not in contracts.to_json(verdict(), "1") | contracts.to_json(Failure("broken", "d"), "1")


def test_a_reading_names_the_sides_as_its_text_does() -> None:
    made = valid(contracts.reading_to_json(Reading("b", (CLAIM,)), "row 7", "1.2"), "reading")
    assert (made["answer"], made["claims"][0]["favours"], made["id"]) == ("B", "A", "row 7")
    assert valid(contracts.reading_to_json(Reading(None), "", "1.2"), "reading")["answer"] is None


def test_numbers_that_are_not_finite_become_null() -> None:
    odd = dataclasses.replace(SHARP, a=math.nan, b=-math.inf, steps=math.inf)
    said = verdict(claims=(dataclasses.replace(CLAIM, evidence=(odd,)),), seconds=math.inf)
    made = valid(contracts.to_json(said, "1"), "verdict")
    piece = made["claims"][0]["evidence"][0]
    assert [piece["a"], piece["b"], piece["steps"], made["seconds"]] == [None] * 4
    assert math.isnan(contracts.claim_from_json(made["claims"][0]).evidence[0].a)


def test_numbers_of_numpy_are_written_as_numbers() -> None:
    piece = dataclasses.replace(SHARP, a=np.float32(1.5), box=tuple(np.array([1, 2, 3, 4])))
    said = verdict(claims=(dataclasses.replace(CLAIM, evidence=(piece,)),), p_a=np.float64(0.5))
    assert valid(contracts.to_json(said, "1"), "verdict")["claims"][0]["evidence"][0]["box"] == [1, 2, 3, 4]


@pytest.mark.parametrize("chance", [math.nan, -0.1, 1.5, math.inf])
def test_a_verdict_without_a_chance_is_a_broken_one(chance: float) -> None:
    made = valid(contracts.to_json(verdict(p_a=chance), "1"), "failure")
    assert (made["kind"], made["raw"], made["pair"]["id"]) == ("broken", "said so", "p1")


def test_a_file_name_that_is_not_utf8_is_written_with_replacements() -> None:
    said = verdict(pair=Pair("caf\udce9", photo("caf\udce9.jpg"), photo()))
    made = valid(contracts.to_json(said, "1"), "verdict")
    assert made["pair"]["a"]["file"] == "caf\ufffd.jpg"
    assert made["pair"]["id"] == "caf\ufffd"


@given(st.text(st.characters(codec=None)))
def test_any_text_survives_as_utf8_and_sound_text_unchanged(text: str) -> None:
    made = valid(contracts.to_json(verdict(rationale=text), "1"), "verdict")
    if not any("\ud800" <= letter <= "\udfff" for letter in text):
        assert made["rationale"] == text


def test_a_claim_comes_back_as_it_was() -> None:
    assert contracts.claim_from_json(json.loads(contracts.line(contracts.claim_to_json(CLAIM)))) == CLAIM


@pytest.mark.parametrize("name", ["verdict", "failure", "reading"])
def test_the_schemas_refuse_a_key_they_do_not_know(name: str) -> None:
    made = {
        "verdict": contracts.to_json(verdict(), "1"),
        "failure": contracts.to_json(Failure("timeout", "late"), "1"),
        "reading": contracts.reading_to_json(Reading("a"), "1", "1"),
    }[name]
    with pytest.raises(ValidationError):
        valid({**made, "label": "a"}, name)


def test_the_schemas_know_exactly_the_words_of_the_records() -> None:
    defs, top = contracts.schema("verdict")["$defs"], contracts.schema("verdict")["properties"]
    said = {
        types.Kind: top["pair"]["properties"]["kind"],
        types.Choice: top["choice"],
        types.Favours: defs["claim"]["properties"]["favours"],
        types.Grounding: defs["claim"]["properties"]["grounding"],
        types.Better: defs["evidence"]["properties"]["better"],
        types.FailureKind: contracts.schema("failure")["properties"]["kind"],
    }
    assert [list(get_args(kind)) for kind in said] == [list(entry["enum"]) for entry in said.values()]
    for name in ("claim", "evidence"):
        assert defs[name]["properties"]["region"]["enum"] == list(types.REGIONS)
        assert defs[name]["properties"]["aspect"]["enum"] == list(types.ASPECTS)
