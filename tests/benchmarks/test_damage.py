"""The table of held-out distortions: what is counted where."""

from pathlib import Path

from benchmarks.accuracy.damage import KINDS, Case, rows
from twinlens.distortions.distortion import STRENGTHS
from twinlens.distortions.held_out import FAMILIES

CASES = [
    Case(Path(f"{photo}.jpg"), kind, k) for photo in ("one", "scene_05") for kind in KINDS for k in STRENGTHS
]


def table() -> dict[str, list[str]]:
    """Rows of a judge that is right unless the processing is slight, and of a baseline that knows blur."""
    judge = {case: float(case.clear) for case in CASES}
    other = {case: float(case.kind == "defocus") for case in CASES if case.clear}
    return {name: cells for name, *cells in rows(judge, [other])}


def test_every_kind_family_and_photograph_has_a_row() -> None:
    assert len(table()) == 3 + len(FAMILIES) + len(KINDS) + 2


def test_specks_count_for_hot_and_dead_pixels_only() -> None:
    specks = [Case(Path("one.jpg"), "specks", k) for k in STRENGTHS]
    made = {name: cells for name, *cells in rows(dict.fromkeys([*CASES, *specks], 1.0), [])}
    assert made["**hot and dead pixels**"][3] == "1.00 [–, –] (6)"  # salt of both, specks of one
    assert made["**all**"][3].endswith(f"({4 * len(KINDS)})")


def test_all_are_counted_without_the_photograph_that_was_looked_at_too() -> None:
    assert table()["**all but scene_05**"][3] == table()["photograph one"][3]


def test_the_judge_is_shown_by_strength_and_others_where_it_is_clear() -> None:
    assert table()["defocus"] == [
        "0.00 [–, –] (2)", "1.00 [–, –] (2)", "1.00 [–, –] (2)", "1.00 [–, –] (4)",
        "1.00 [–, –] (4)",
    ]  # fmt: skip
    assert table()["*blur*"][-1] == "0.25 [–, –] (16)"
    assert table()["photograph one"][3].startswith(f"1.00 [–, –] ({2 * len(KINDS)})")
