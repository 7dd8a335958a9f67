"""What pages hold of a verdict that was learned: its map, reasons for and against, unfamiliar processing."""

from __future__ import annotations

import dataclasses
import html
import json
import math
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_run_page import opened

from made_runs import claim, verdict, write_run
from twinlens.core.types import Claim, Evidence, Pair, Photo, Verdict
from twinlens.judgement.explanation import closing
from twinlens.report.page import headed, page, parts, unfamiliar
from twinlens.report.run import run_page
from twinlens.runs.store import RunFolder

MAP = ((0.2, 0.0), (-0.1, 0.05))
FOR = Claim("A is sharper.", "global", "sharpness", "a")
AGAINST = Claim("A is noisier.", "global", "noise", "b")
NEITHER = Claim("Both are bright.", "global", "exposure", "same")


def made(**changes: Any) -> Verdict:
    a, b = (Photo(name, "", np.zeros((6, 9, 3), np.uint8)) for name in ("a.png", "b.png"))
    return dataclasses.replace(Verdict(Pair("p", a, b), "expert", "a", 0.8, (FOR,), "", map=MAP), **changes)


def shown_map(text: str) -> Any:
    found = re.search(r'<body[^>]* data-map="([^"]*)"', text)
    return found and json.loads(html.unescape(found[1]))


@pytest.mark.parametrize("empty", [None, (), ((0.0, 0.0),)])
def test_without_a_preference_anywhere_there_is_no_map(empty: Any) -> None:
    assert shown_map(page(made(map=empty))) is None


def test_the_page_holds_the_map_and_opens_with_it_only_where_nothing_explains_the_choice() -> None:
    explained, unexplained = page(made()), page(made(claims=(AGAINST,)))
    assert shown_map(explained) == shown_map(unexplained) == [list(row) for row in MAP]
    assert " data-mapped" not in explained.partition("<main")[0]
    assert " data-mapped" in re.findall("<body[^>]*>", unexplained)[0]


def test_reasons_against_the_choice_are_set_apart() -> None:
    claims = (NEITHER, AGAINST, FOR, FOR)
    assert parts(claims, "a") == [
        ("For it", [FOR, FOR]), ("Against it", [AGAINST]), ("For neither", [NEITHER]),
    ]  # fmt: skip
    assert [heading for heading, _ in headed(claims, "a")] == ["For it", "", "Against it", "For neither"]
    assert [heading for heading, _ in parts(claims, "b")] == ["For it", "Against it", "For neither"]
    text = page(made(claims=claims))
    assert re.findall(r"<h3>(For.*?|Against.*?)</h3>", text) == ["For it", "Against it", "For neither"]


def test_reasons_that_are_all_for_the_choice_have_no_headings_and_keep_their_order() -> None:
    assert parts((NEITHER, FOR), "a") == [("", [NEITHER, FOR])]
    assert parts((AGAINST, FOR), "tie") == [("", [AGAINST, FOR])]
    assert "<h3>For it</h3>" not in page(made())


def test_unfamiliar_processing_is_said_beside_the_probability() -> None:
    assert [unfamiliar(familiar, "a") for familiar in (None, 1.0, 0.0)] == ["", "", "unfamiliar processing"]
    assert unfamiliar(0.0, "tie") == ""
    label = '<span class="unfamiliar">unfamiliar processing</span>'
    assert f"prefer it {label}</p>" in page(made(familiar=0.01))
    assert label not in page(made(familiar=0.9))


def test_an_opened_pair_of_a_run_has_its_map_headings_and_label(tmp_path: Path) -> None:
    claims = [claim("B is noisier.", "b"), claim("A is sharper.", "a")]
    rows = [verdict("p", map=MAP, familiar=0.01, claims=claims), verdict("q")]
    text = run_page(RunFolder(write_run(tmp_path / "run", rows)), tmp_path / "run" / "report.html")
    learned, measured = opened(text)
    assert learned["map"] == [list(row) for row in MAP]
    assert learned["unfamiliar"] == "unfamiliar processing"
    assert [said[0] for said in learned["claims"]] == ["A is sharper.", "B is noisier."]
    assert learned["headings"] == ["For it", "Against it"]
    assert (measured["map"], measured["unfamiliar"], measured["headings"]) == (None, "", [""])


def test_a_page_says_once_what_a_reason_is_about_and_that_a_tie_is_one() -> None:
    text = "Face Color: Image A (Left) has a colour cast, while Image B (Right) has none."
    cast = dataclasses.replace(FOR, text=text, region="face", aspect="color")
    shown = page(made(claims=(cast,)))
    assert '<span class="text">A has a colour cast, while B has none.</span>' in shown
    for identical in (True, False):
        assert headed((closing("tie", identical),), "tie") == []
        assert len(headed((closing("tie", identical),), "a")) == 1, "said of a choice it is news"


def test_metrics_by_which_the_photos_do_not_differ_are_one_line_and_no_row_each() -> None:
    noise = Evidence("noise", "face", "noise", 1.0, 2.0, "code values", "lower", "a", 1.2)
    halo, unknown = (
        dataclasses.replace(noise, metric=name, says="same", steps=steps)
        for name, steps in (("color_edge", 0.04), ("halo", math.nan))
    )
    text = page(made(evidence=(noise, halo, unknown)))
    assert text.count('<g role="listitem"') == 2, "what was not measured is no sameness"
    assert "No visible difference in color edge." in text
    assert "Nothing that is measured differs." in page(made(evidence=(halo,)))
    assert "Nothing was measured on this pair." in page(made())
