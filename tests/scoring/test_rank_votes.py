"""Votes in a table rank versions; a vote that says no such thing is named by its line."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest

from twinlens.core.contracts import line, schema
from twinlens.core.errors import BadInput
from twinlens.core.score_records import RankingRecord
from twinlens.scoring.rank import RankRequest, rank_votes
from twinlens.scoring.votes import read_votes

VALIDATOR = jsonschema.Draft202012Validator(schema("ranking"))


@pytest.fixture
def votes(tmp_path: Path) -> Path:
    """New wins thrice as often as old, by every way to name the winner."""
    return written(tmp_path, "a,b,winner\nnew,old,A\nold,new,b\nnew,old, new\nnew,old,b\n")


def written(folder: Path, text: str, name: str = "votes.csv") -> Path:
    (folder / name).write_text(text, "utf-8")
    return folder / name


def ranked(file: Path, **request: object) -> RankingRecord:
    record = rank_votes(file, "0", RankRequest(**request))  # type: ignore[arg-type]
    VALIDATOR.validate(json.loads(line(record)))
    return record


def test_a_winner_is_a_side_or_a_name(votes: Path) -> None:
    record = ranked(votes)
    best = record.versions[0]
    assert (best.version, best.won, best.lost, best.n) == ("new", 3, 1, 4)
    assert best.strength == pytest.approx(np.log(3.5 / 1.5) / 2)
    assert (record.run.judge, record.run.rows, record.run.scenes) == ("", 4, 0)
    assert "interval:95,observed-information" in record.signature


def test_intervals_without_scenes_are_those_of_a_log_odds(votes: Path) -> None:
    step = ranked(votes).steps[0]
    reach = 1.959964 * np.sqrt(1 / 3.5 + 1 / 1.5)
    assert [step.low, step.high] == pytest.approx([step.value - reach, step.value + reach], abs=1e-5)


@pytest.mark.parametrize("column", ["count", "weight"])
def test_a_row_may_stand_for_many_comparisons(tmp_path: Path, votes: Path, column: str) -> None:
    file = written(tmp_path, f"a;b;winner;{column}\nnew;old;a;3\nold;new;a;1\n", "counts.csv")
    assert ranked(file).versions == ranked(votes).versions


def test_json_lines_and_parquet_say_the_same(tmp_path: Path, votes: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    rows = [{"a": "new", "b": "old", "winner": side} for side in ("a", "a", "a", "b")]
    file = written(tmp_path, "".join(json.dumps(row) + "\n" for row in rows), "votes.jsonl")
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "votes.parquet")
    assert ranked(file).versions == ranked(tmp_path / "votes.parquet").versions == ranked(votes).versions


def test_votes_of_one_scene_are_not_independent(tmp_path: Path) -> None:
    rows = [f"new,old,{'a' if scene % 3 else 'b'},s{scene}" for scene in range(60) for _ in range(5)]
    with_scenes = ranked(written(tmp_path, "\n".join(["a,b,winner,scene", *rows])))
    without = ranked(
        written(tmp_path, "\n".join(["a,b,winner", *(row.rpartition(",")[0] for row in rows)]), "x.csv")
    )
    assert with_scenes.run.scenes == 60
    one, other = with_scenes.versions[0], without.versions[0]
    assert one.high - one.low > 1.8 * (other.high - other.low)


def test_votes_on_a_region_are_an_order_of_their_own(tmp_path: Path) -> None:
    rows = [
        "a,b,winner,region,aspect",
        *["new,old,a,,"] * 8,
        *["new,old,b,face,noise"] * 8,
        *["new,old,a,face,color"] * 2,
    ]
    record = ranked(written(tmp_path, "\n".join(rows)), by=("region", "aspect"))
    assert record.versions[0].n == 8
    assert "10 votes on a region or an aspect are not in the order of all." in record.notes
    assert [one.version for one in record.by["region"]["face"].versions] == ["old", "new"]
    assert {value: one.versions[0].version for value, one in record.by["aspect"].items()} == {
        "noise": "old",
        "color": "new",
    }


def test_where_all_votes_are_on_regions_all_count(tmp_path: Path) -> None:
    record = ranked(written(tmp_path, "a,b,winner,region\nnew,old,a,face\nold,new,a,hair\n"))
    assert record.versions[0].n == 2


def test_missing_links_are_listed(tmp_path: Path) -> None:
    file = written(tmp_path, "a,b,winner\nx,y,a\nx,z,b\np,q,tie\nm,n,a\n")
    with pytest.raises(
        BadInput, match=r"votes.csv': found versions .* x, y, z \| m, n \| p, q; compare x with m, x with p$"
    ):
        ranked(file)


def test_hundreds_of_groups_are_not_all_listed(tmp_path: Path) -> None:
    rows = [f"a{at:03},b{at:03},a" for at in range(300)]
    with pytest.raises(BadInput, match=r"and 294 more groups; compare .* and 293 more") as raised:
        ranked(written(tmp_path, "\n".join(["a,b,winner", *rows])))
    assert len(str(raised.value)) < 500


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ("new,old,c,1,", r":3: found the winner 'c'; expected a, b, tie, 'new' or 'old'"),
        ("new,old,,1,", r":3: found the winner ''"),
        ("new,new,a,1,", r":3: found the versions 'new' and 'new'; expected two different names"),
        (",new,a,1,", r":3: found the versions '' and 'new'"),
        ("new,old,a,0,", r":3: found the count '0'; expected a number above 0"),
        ("new,old,a,-1,", r":3: found the count '-1'"),
        ("new,old,a,nan,", r":3: found the count 'nan'"),
        ("new,old,a,1e300,", r":3: found the count '1e300'"),
        ("new,old,a,1_000,", r":3: found the count '1_000'; expected a number above 0"),
        ("new,old,a,,", r":3: found the count ''"),
        ("new,old,a,1,s1", r":2: found no scene, other votes have one"),
        ("new,old", r":3: found 2 cells; expected 5"),
        ("b,a,a,1,", r":3: found the winner 'a', a side and another version's name"),
    ],
)
def test_what_is_no_vote_is_named_by_its_line(tmp_path: Path, row: str, found: str) -> None:
    file = written(tmp_path, f"a,b,winner,count,scene\nnew,old,a,1,\n{row}\n")
    with pytest.raises(BadInput, match=found):
        ranked(file)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", "found an empty table"),
        ("a,b,winner\n", "found no vote"),
        ("a,b,better\nx,y,a\n", "winner is missing"),
        ("A,B,Winner\nx,y,d\n", ":2: found the winner 'd'"),
        ('{"a": "x", "b": "y", "winner": ["a"]}\n', ":1: winner: found .*expected a name or a number"),
        ('{"a": {"q": 1}, "b": "y", "winner": "b"}\n', ":1: a: found .*'q': 1.*expected a name or a number"),
        ('{"a": "x", "b": "y"}\n', ":1: found the winner ''"),
        ('{"a": "x", "b": "y", "winner": "a"}\n{"a"\n', ":2: found no JSON"),
        ('{"a": "x", "b": "y", "winner": "a"}\n7\n', ":2: found int"),
    ],
)  # fmt: skip
def test_what_is_no_table_of_votes_is_refused(tmp_path: Path, text: str, found: str) -> None:
    with pytest.raises(BadInput, match=found):
        ranked(written(tmp_path, text))


def test_versions_named_as_sides_are_read_where_both_readings_agree(tmp_path: Path) -> None:
    assert read_votes(written(tmp_path, "a,b,winner\na,b,a\na,c,c\n"))["choice"].tolist() == [0, 1]


def test_fractional_weights_count_and_are_noted(tmp_path: Path) -> None:
    record = ranked(written(tmp_path, "a,b,winner,weight\nnew,old,a,2.5\nold,new,a,1.25\n"))
    assert record.versions[0].strength == pytest.approx(np.log(3 / 1.75) / 2)
    assert any(note.startswith("Some weights are no whole numbers") for note in record.notes)


def test_many_versions_have_no_matrix_and_are_ranked_all_the_same(tmp_path: Path) -> None:
    rows = [f"v{at:03},v{(at + 1) % 250:03},{side}" for at in range(250) for side in "aab"]
    record = ranked(written(tmp_path, "\n".join(["a,b,winner", *rows])))
    assert (len(record.versions), record.chances) == (250, ())
    assert "Of more than 200 versions the probability of each two is not recorded." in record.notes


def test_of_one_scene_nothing_is_certain_by_any_method(tmp_path: Path) -> None:
    file = written(tmp_path, "a,b,winner,scene,count\nnew,old,a,s,60\nnew,old,b,s,20\n")
    for prior in (0.5, 0.0):
        (step,) = ranked(file, prior=prior).steps
        assert (step.low, step.words) == (None, "too few scenes to tell")


def test_groups_without_an_order_are_noted_ten_at_most_and_thousands_refused(tmp_path: Path) -> None:
    rows = [f"x,y,a,{rater}\nz,w,b,{rater}" for rater in range(15)]
    file = written(tmp_path, "\n".join(["a,b,winner,rater", "x,z,a,joined", "y,z,a,joined", *rows]))
    record = ranked(file, by=("rater",))
    assert list(record.by["rater"]) == ["joined"]
    (note,) = (one for one in record.notes if "not ranked" in one)
    assert " and 5 more: not ranked: " in note
    many = written(tmp_path, "\n".join(["a,b,winner,id", *(f"x,y,a,{at}" for at in range(501))]), "many.csv")
    with pytest.raises(BadInput, match="--by 'id': found 501 values; expected a column of at most 500"):
        ranked(many, by=("id",))
