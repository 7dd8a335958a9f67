"""The measured judge by weights in a file: it decides by them, says so, and refuses what is no such file."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import asdict

from photographs import photo, verdict
from twinlens.core import catalog
from twinlens.core.errors import BadInput
from twinlens.core.spec import write
from twinlens.core.types import Pair, Verdict
from twinlens.judgement.preference import saturations, weights
from twinlens.judgement.weights import SCHEMA, read_weights
from twinlens.judges.measured import Measured
from twinlens.runs.cache import identity
from twinlens.runs.compare import compare_pair

SHIPPED = weights()
NONE = dict.fromkeys(saturations(), 0.0)


def file(folder: Path, table: Any, **others: Any) -> str:
    made = folder / "w.json"
    made.write_text(json.dumps({"schema": SCHEMA, "weights": table, **others}), "utf-8")
    return str(made)


def judged(weights: str, name: str = "coffee", defect: str = "noise") -> Verdict:
    said = compare_pair(Pair(name, photo(name), photo(name, defect)), Measured(weights))
    assert isinstance(said, Verdict)
    return said


def test_the_shipped_weights_in_a_file_give_the_shipped_verdict(tmp_path: Path) -> None:
    said, shipped = judged(file(tmp_path, SHIPPED)), verdict("coffee", "noise")
    assert (said.p_a, said.claims, said.rationale) == (shipped.p_a, shipped.claims, shipped.rationale)


def test_other_weights_give_another_probability_and_keep_the_evidence(tmp_path: Path) -> None:
    said, shipped = judged(file(tmp_path, {**NONE, "noise": 40.0})), verdict("coffee", "noise")
    assert said.p_a > shipped.p_a > 0.5
    assert said.evidence == shipped.evidence
    assert judged(file(tmp_path, NONE)).choice == "tie"


def test_the_spec_round_trips_and_stands_in_the_verdict(tmp_path: Path) -> None:
    name = file(tmp_path, SHIPPED)
    spec = write("measured", {"weights": name})
    assert catalog.spec(catalog.part("judges", spec)) == spec == judged(name).judge
    assert catalog.spec(Measured()) == "measured" == verdict("coffee", "noise").judge


def test_a_changed_file_is_another_judge_and_an_equal_one_the_same(tmp_path: Path) -> None:
    name = file(tmp_path, SHIPPED)
    known = asdict(identity(Measured(name), "x"))
    assert asdict(identity(Measured(name), "x")) == known
    file(tmp_path, {**SHIPPED, "noise": 2.0})
    changed = asdict(identity(Measured(name), "x"))
    assert {key for key in known if known[key] != changed[key]} == {"version"}
    assert identity(Measured(), "x").version == ""


def test_a_judge_that_is_made_does_not_change_its_mind(tmp_path: Path) -> None:
    judge = Measured(file(tmp_path, SHIPPED))
    version = judge.version
    (tmp_path / "w.json").unlink()
    assert judge.version == version
    assert isinstance(judge.judge(Pair("", photo("coffee"), photo("coffee", "noise"))), Verdict)
    assert dataclasses.astuple(judge) == (str(tmp_path / "w.json"),)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "found no JSON"),
        ("[" * 100_000, "found no JSON"),
        ("[1]", "found no weights"),
        ('{"weights": [1]}', "found no weights"),
        (json.dumps({"weights": SHIPPED}), "found schema None"),
        (json.dumps({"schema": "x/2", "weights": SHIPPED}), "found schema 'x/2'"),
        (json.dumps({"schema": SCHEMA, "weights": {**SHIPPED, "shine": 1}}), "the weights have shine"),
        (json.dumps({"schema": SCHEMA, "weights": {"noise": 1}}), "the weights lack banding, blocking"),
        *(
            (json.dumps({"schema": SCHEMA, "weights": {**SHIPPED, "cast": value}}), "for cast")
            for value in (-1, True, "1", None, float("nan"), float("inf"), 10**400)
        ),
    ],
)  # fmt: skip
def test_what_is_no_file_of_weights_is_refused_in_one_line(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "w.json").write_text(text, "utf-8")
    with pytest.raises(BadInput) as error:
        Measured(str(tmp_path / "w.json"))
    line = str(error.value)
    assert line.startswith(repr(str(tmp_path / "w.json")))
    assert told in line
    assert "expected" in line
    assert len(line) < 400 + len(str(tmp_path))


@pytest.mark.parametrize("name", ["gone.json", ".", "a\0b", ""])
def test_a_file_that_cannot_be_read_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read_weights(str(tmp_path / name))
    with pytest.raises(BadInput, match="cannot be read"):
        catalog.part("judges", write("measured", {"weights": str(tmp_path / name)}))
