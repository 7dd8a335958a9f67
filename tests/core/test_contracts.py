"""The JSON objects that others build on."""

from __future__ import annotations

import dataclasses
import json
import math
import subprocess
import sys
from importlib.resources import files
from typing import Any, get_args

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from twinlens.core import contracts, schema, types
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


def made_of(outcome: Verdict | Failure) -> contracts.VerdictRecord | contracts.FailureRecord:
    return contracts.outcome_record(outcome, "1")


def valid(made: Any, name: str) -> dict[str, Any]:
    """The record as another program reads it from UTF-8, valid by the schema."""
    schema = contracts.schema(name)
    Draft202012Validator.check_schema(schema)
    read = json.loads(contracts.line(made).encode("utf-8"))
    Draft202012Validator(schema).validate(read)
    return read


def test_a_verdict_is_the_object_of_the_contract() -> None:
    made = valid(made_of(verdict()), "verdict")
    assert made["schema"] == "twinlens.verdict/2"
    assert made["pair"]["a"] == {
        "file": "a.jpg", "sha256": "0" * 64, "width": 9, "height": 6, "notes": ["turned upright"],
    }  # fmt: skip
    assert (made["choice"], made["p_a"], made["confidence"], made["version"]) == ("a", 0.75, 0.75, "1")
    assert made["claims"][0]["box"] == [4, 2, 3, 3]
    assert made["claims"][0]["evidence"][0] == {
        "metric": "sharpness", "region": "face", "aspect": "sharpness", "a": 61.0, "b": 38.5, "unit": "%",
        "better": "higher", "says": "a", "steps": 6.2, "box": [4, 2, 3, 3], "box_b": [5, 2, 3, 3],
    }  # fmt: skip


@pytest.mark.parametrize("kind", ["bad-photo", "not-a-pair", "refused", "unreadable", "timeout", "broken"])
def test_a_failure_keeps_the_raw_text(kind: Any) -> None:
    made = valid(made_of(Failure(kind, "why", "I can't say", "fixed", "p1")), "failure")
    assert (made["kind"], made["raw"], made["pair"]) == (kind, "I can't say", {"id": "p1"})


def test_calls_to_models_are_written_where_there_were_any() -> None:
    calls = (
        types.Call("m", 1.5, ((640, 480),), 900, 40),
        types.Call("m", math.nan, outcome="the server says 500"),
    )
    written = valid(made_of(verdict(calls=calls)), "verdict")["calls"]
    assert written[0] == {
        "model": "m", "seconds": 1.5, "images": [[640, 480]],
        "prompt_tokens": 900, "answer_tokens": 40, "outcome": "ok",
    }  # fmt: skip
    assert (written[1]["seconds"], written[1]["outcome"]) == (None, "the server says 500")
    failure = Failure("broken", "d", calls=calls)
    assert valid(made_of(failure), "failure")["calls"] == written
    assert valid(made_of(verdict(p_a=2.0, calls=calls)), "failure")["calls"] == written
    for outcome in (verdict(), Failure("broken", "d")):
        assert "calls" not in json.loads(contracts.line(made_of(outcome)))


def test_a_reading_names_the_sides_as_its_text_does() -> None:
    made = valid(contracts.reading_record(Reading("b", (CLAIM,)), "row 7", "1"), "reading")
    assert (made["answer"], made["claims"][0]["favours"], made["id"]) == ("B", "A", "row 7")
    assert valid(contracts.reading_record(Reading(None), "", "1"), "reading")["answer"] is None


def test_numbers_that_are_not_finite_become_null() -> None:
    odd = dataclasses.replace(SHARP, a=math.nan, b=-math.inf, steps=math.inf)
    said = verdict(claims=(dataclasses.replace(CLAIM, evidence=(odd,)),), seconds=math.inf)
    made = valid(made_of(said), "verdict")
    piece = made["claims"][0]["evidence"][0]
    assert [piece["a"], piece["b"], piece["steps"], made["seconds"]] == [None] * 4
    record = msgspec.json.decode(json.dumps(made), type=contracts.VerdictRecord)
    assert math.isnan(record.claims[0].evidence[0].a)


def test_numbers_of_numpy_are_written_as_numbers() -> None:
    piece = dataclasses.replace(SHARP, a=np.float32(1.5), box=tuple(np.array([1, 2, 3, 4])))
    said = verdict(claims=(dataclasses.replace(CLAIM, evidence=(piece,)),), p_a=np.float64(0.5))
    assert valid(made_of(said), "verdict")["claims"][0]["evidence"][0]["box"] == [
        1,
        2,
        3,
        4,
    ]


@pytest.mark.parametrize("p_a", [math.nan, -0.1, 1.5, math.inf])
def test_a_verdict_without_a_probability_is_a_broken_one(p_a: float) -> None:
    made = valid(made_of(verdict(p_a=p_a)), "failure")
    assert (made["kind"], made["raw"], made["pair"]["id"]) == ("broken", "said so", "p1")


@pytest.mark.parametrize(
    "change", [{"region": "nose"}, {"aspect": "beauty"}, {"favours": "A"}, {"grounding": "x"}]
)
def test_a_verdict_whose_claims_leave_the_closed_lists_is_a_broken_one(change: Any) -> None:
    made = valid(made_of(verdict(claims=(dataclasses.replace(CLAIM, **change),))), "failure")
    assert made["kind"] == "broken"
    assert repr(next(iter(change.values()))) in made["detail"]


def test_a_file_name_that_is_not_utf8_is_written_with_replacements() -> None:
    said = verdict(pair=Pair("caf\udce9", photo("caf\udce9.jpg"), photo()))
    made = valid(made_of(said), "verdict")
    assert made["pair"]["a"]["file"] == "caf\ufffd.jpg"
    assert made["pair"]["id"] == "caf\ufffd"


@given(st.text(st.characters(codec=None)))
def test_any_text_survives_as_utf8_and_sound_text_unchanged(text: str) -> None:
    made = json.loads(contracts.line(made_of(verdict(rationale=text))).encode("utf-8"))
    if not any("\ud800" <= letter <= "\udfff" for letter in text):
        assert made["rationale"] == text


def test_a_claim_comes_back_as_it_was() -> None:
    for claim in (CLAIM, dataclasses.replace(CLAIM, probability=0.75)):
        assert msgspec.json.decode(contracts.line(claim), type=Claim) == claim


def test_a_claim_has_a_probability_where_its_judge_gives_one() -> None:
    sure = dataclasses.replace(CLAIM, probability=0.75)
    written = valid(made_of(verdict(claims=(CLAIM, sure))), "verdict")["claims"]
    assert "probability" not in written[0]
    assert written[1]["probability"] == 0.75
    wrong = dataclasses.replace(CLAIM, probability=1.5)
    assert valid(made_of(verdict(claims=(wrong,))), "failure")["kind"] == "broken"


def test_a_reader_ignores_keys_it_does_not_know() -> None:
    made = made_of(verdict())
    more = contracts.line({**json.loads(contracts.line(made)), "not yet": "later"})
    assert msgspec.json.decode(more, type=contracts.VerdictRecord) == made


def test_the_schemas_on_disk_are_those_of_the_records() -> None:
    folder = files("twinlens.core") / "schemas"
    on_disk = {file.name: file.read_text("utf-8") for file in folder.iterdir()}
    assert on_disk == schema.schemas(), "run: python -m twinlens.core.schema"


@pytest.mark.parametrize("name", ["verdict", "failure", "reading"])
def test_the_schemas_refuse_a_key_they_do_not_know(name: str) -> None:
    made = {
        "verdict": made_of(verdict()),
        "failure": made_of(Failure("timeout", "late")),
        "reading": contracts.reading_record(Reading("a"), "1", "1"),
    }[name]
    with pytest.raises(ValidationError):
        valid({**json.loads(contracts.line(made)), "label": "a"}, name)


def test_the_schemas_know_exactly_the_words_of_the_records() -> None:
    defs, failure = contracts.schema("verdict")["$defs"], contracts.schema("failure")["$defs"]
    listed = {
        types.Kind: defs["PairRecord"]["properties"]["kind"],
        types.Choice: defs["VerdictRecord"]["properties"]["choice"],
        types.Favours: defs["Claim"]["properties"]["favours"],
        types.Grounding: defs["Claim"]["properties"]["grounding"],
        types.Better: defs["Evidence"]["properties"]["better"],
        types.FailureKind: failure["FailureRecord"]["properties"]["kind"],
        types.Region: defs["Claim"]["properties"]["region"],
        types.Aspect: defs["Evidence"]["properties"]["aspect"],
    }
    for words, entry in listed.items():
        assert set(get_args(words)) == set(entry["enum"])


FIRST_MET_BY_MANY_THREADS = """
import sys, threading
from dataclasses import dataclass
from msgspec import Struct
from twinlens.core.contracts import record

sys.setswitchinterval(1e-6)
for _ in range(40):
    @dataclass
    class Part:
        one: int
        two: "tuple[str, ...]"

    class Whole(Struct):
        parts: tuple[Part, ...]
        name: str

    barrier = threading.Barrier(8)

    def make():
        barrier.wait()
        record(Whole, name="x", parts=[{"one": 1, "two": ["y"]}])

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


def test_threads_that_make_their_first_records_at_once_do_not_end_the_process() -> None:
    done = subprocess.run([sys.executable, "-c", FIRST_MET_BY_MANY_THREADS], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
