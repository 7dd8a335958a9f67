"""Tables that are written are read as what was written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twinlens.core.errors import BadInput
from twinlens.readers import Row, Shot, scan_pairs
from twinlens.readers.write import beside, cells, write_table

LINES = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\t,;\"'"), max_size=30)
WORDS = LINES.map(str.strip).filter(bool)
ROWS = st.builds(
    Row,
    id=WORDS,
    a=st.just((Shot("photos/a.png"),)),
    b=st.sampled_from([(Shot("photos/b.png"),), (Shot("s3://bucket/b.png"),)]),
    scene=WORDS,
    kind=st.sampled_from(["person", "scene", "other"]),
    label=st.sampled_from(["a", "b", "tie", None]),
    reference=LINES,
    columns=st.fixed_dictionaries({"note": LINES, "set": WORDS}),
)


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROWS, min_size=1, max_size=3))
def test_any_rows_are_read_as_they_were_written(tmp_path: Path, rows: list[Row]) -> None:
    file = tmp_path / "out.csv"
    write_table([cells(row, Path()) for row in rows], file)
    back = list(scan_pairs(file))
    assert [(one.id, one.scene, one.kind, one.label, one.reference, one.columns) for one in back] == [
        (one.id, one.scene, one.kind, one.label, one.reference, one.columns) for one in rows
    ]
    assert [one.b[0].path for one in back] == [one.b[0].path for one in rows]


def test_a_path_is_given_as_seen_from_the_table(tmp_path: Path) -> None:
    assert beside(str(tmp_path / "photos" / "x.png"), tmp_path / "deep" / "down") == "../../photos/x.png"
    assert beside("s3://bucket/x.png", tmp_path) == "s3://bucket/x.png"
    assert os.path.isabs(beside(str(tmp_path / "x"), tmp_path)) is False


def test_halves_of_a_composite_do_not_go_into_a_table() -> None:
    row = Row("p", (Shot("x.png", "left"),), (Shot("x.png", "right"),), file="raim.jsonl", line=3)
    with pytest.raises(BadInput, match=r"raim\.jsonl:3: found a composite or details"):
        cells(row, Path())


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be written"):
        write_table([], tmp_path / "no" / "pairs.csv")
