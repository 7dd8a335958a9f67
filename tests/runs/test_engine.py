"""Many pairs into a run folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from twinlens.core.errors import BadInput, BadSpec
from twinlens.readers import open_pairs
from twinlens.runs.engine import run

Make = Callable[..., Path]


def rows(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "rows.jsonl").read_text("utf-8").splitlines()]


def test_every_row_is_judged_in_the_order_of_the_table(table: Make, tmp_path: Path) -> None:
    summary = run(open_pairs(table(5)), "fixed", tmp_path / "run")
    assert (summary.rows, summary.failed, summary.judged) == (5, 0, 5)
    found = rows(tmp_path / "run")
    assert [row["id"] for row in found] == [f"pair_{number:03}" for number in range(5)]
    assert [row["label"] for row in found] == ["a", "b", "a", "b", "a"]
    assert {row["choice"] for row in found} == {"tie"}
    assert {claim["grounding"] for row in found for claim in row["claims"]} <= {
        "supported",
        "contradicted",
        "unmeasured",
    }
    made = json.loads((tmp_path / "run" / "run.json").read_text())
    assert made["judge"]["spec"] == "fixed"
    assert made["input"]["rows"] == 5
    assert made["summary"] == {"rows": 5, "failed": 0, "complete": True}
    times = [json.loads(line) for line in (tmp_path / "run" / "times.jsonl").read_text().splitlines()]
    assert [one["id"] for one in times] == [row["id"] for row in found]
    assert all(one["seconds"] > 0 for one in times)


def test_progress_starts_where_the_run_goes_on(table: Make, tmp_path: Path) -> None:
    pairs = open_pairs(table(4))
    assert run(pairs, "fixed", tmp_path / "run", limit=2).rows == 2
    assert json.loads((tmp_path / "run" / "run.json").read_text())["summary"]["complete"] is False
    seen: list[tuple[int, int]] = []
    summary = run(pairs, "fixed", tmp_path / "run", progress=lambda done, failed: seen.append((done, failed)))
    assert (summary.rows, summary.judged) == (4, 2)
    assert seen == [(2, 0), (3, 0), (4, 0)]
    assert run(pairs, "fixed", tmp_path / "run", workers=2).judged == 0


def test_workers_the_cache_and_stops_change_no_byte(table: Make, tmp_path: Path) -> None:
    pairs = open_pairs(table(8))
    judge = 'fixed(by="content")'
    run(pairs, judge, tmp_path / "one", cache=False)
    run(pairs, judge, tmp_path / "two", workers=2, cache=False)
    run(pairs, judge, tmp_path / "stopped", limit=3)
    run(pairs, judge, tmp_path / "stopped", workers=2)
    again = run(pairs, judge, tmp_path / "cached")
    assert again.cached == 8
    whole = (tmp_path / "one" / "rows.jsonl").read_bytes()
    for name in ("two", "stopped", "cached"):
        assert (tmp_path / name / "rows.jsonl").read_bytes() == whole


def test_a_symmetric_judge_is_called_once(table: Make, tmp_path: Path) -> None:
    run(open_pairs(table(2)), 'fixed(by="content")', tmp_path / "run")
    for row in rows(tmp_path / "run"):
        assert row["consistent"] is True
        assert row["orders"]["ba"]["derived"] is True
        assert row["orders"]["ba"]["choice"] == row["choice"]


def test_one_order_says_nothing_of_consistency(table: Make, tmp_path: Path) -> None:
    run(open_pairs(table(2)), "fixed", tmp_path / "run", orders="ab")
    for row in rows(tmp_path / "run"):
        assert (row["choice"], row["consistent"], list(row["orders"])) == ("a", None, ["ab"])


@pytest.mark.parametrize("workers", [1, 2])
def test_a_bad_photo_is_a_failed_row_and_the_run_goes_on(table: Make, tmp_path: Path, workers: int) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n oops")
    pairs = open_pairs(table(2, more=f"bad,{broken},{broken},s,a\n"))
    summary = run(pairs, "fixed", tmp_path / "run", workers=workers)
    assert (summary.rows, summary.failed) == (3, 1)
    failed = rows(tmp_path / "run")[2]
    assert (failed["schema"], failed["failure"], failed["kind"]) == (
        "twinlens.failure/2",
        "bad-photo",
        "other",
    )
    assert "broken.png" in failed["detail"]
    assert (failed["label"], failed["orders"], failed["consistent"]) == ("a", {}, None)
    assert run(pairs, "fixed", tmp_path / "run").failed == 1


def test_a_judge_that_fails_fails_its_rows_only_and_is_called_again(table: Make, tmp_path: Path) -> None:
    for name in ("run", "again"):
        summary = run(open_pairs(table(3)), 'fixed(failure="timeout")', tmp_path / name)
        assert (summary.failed, summary.cached) == (3, 0)


def test_a_replaced_photo_is_judged_anew(tmp_path: Path, pictures: list[tuple[Path, Path]]) -> None:
    for name, photo in zip("12", pictures[0], strict=True):
        shutil.copy(photo, tmp_path / f"{name}.png")
    (tmp_path / "pairs.csv").write_text("id,a,b\nx,1.png,2.png\n")
    pairs = open_pairs(tmp_path / "pairs.csv")
    judge = 'fixed(by="content")'
    run(pairs, judge, tmp_path / "before")
    assert run(pairs, judge, tmp_path / "same").cached == 1
    Image.open(pictures[0][0]).point(lambda value: value * 0.9).save(tmp_path / "1.png")
    assert run(pairs, judge, tmp_path / "after").cached == 0
    before, after = rows(tmp_path / "before")[0], rows(tmp_path / "after")[0]
    assert before["pair"]["a"]["sha256"] != after["pair"]["a"]["sha256"]
    assert before["pair"]["b"] == after["pair"]["b"]


def test_a_composite_is_run_by_its_halves(tmp_path: Path, pictures: list[tuple[Path, Path]]) -> None:
    both = Image.new("RGB", (256, 96))
    for at, photo in enumerate(pictures[0]):
        both.paste(Image.open(photo), (128 * at, 0))
    both.save(tmp_path / "s_1_merged_c0.png")
    (tmp_path / "x.jsonl").write_text('{"images": ["s_1_merged_c0.png"], "solution": "<answer>A</answer>"}\n')
    for name in ("run", "again"):
        run(open_pairs(tmp_path / "x.jsonl"), "fixed", tmp_path / name)
    (row,) = rows(tmp_path / "run")
    assert (row["kind"], row["label"], row["pair"]["a"]["width"]) == ("scene", "a", 128)
    assert row["pair"]["b"]["file"].endswith("s_1_merged_c0.png#right")
    assert rows(tmp_path / "again") == [row]


def test_another_judge_or_input_in_the_folder_is_refused(table: Make, tmp_path: Path) -> None:
    run(open_pairs(table(3)), "fixed", tmp_path / "run", limit=1)
    with pytest.raises(BadInput, match=r'judge spec: it has "fixed", this run "fixed\(choice='):
        run(open_pairs(table(3)), 'fixed(choice="b")', tmp_path / "run")
    with pytest.raises(BadInput, match="input rows: it has 3, this run 4"):
        run(open_pairs(table(4)), "fixed", tmp_path / "run")
    relabelled = tmp_path / "other.csv"
    relabelled.write_text(table(3).read_text().replace(",a\n", ",tie\n"))
    with pytest.raises(
        BadInput, match=r"another run: input labels: it has \"\w+\", this run \"\w+\"; choose"
    ):
        run(open_pairs(relabelled), "fixed", tmp_path / "run")
    assert run(open_pairs(table(3)), "fixed", tmp_path / "run").rows == 3


def test_wrong_use_leaves_no_folder(table: Make, tmp_path: Path) -> None:
    with pytest.raises(BadSpec):
        run(open_pairs(table(1)), "nobody", tmp_path / "run")
    assert not (tmp_path / "run").exists()
    with pytest.raises(BadInput, match="--workers"):
        run(open_pairs(table(1)), "fixed", tmp_path / "run", workers=0)


def test_a_judge_in_a_file_works_in_processes_and_its_change_is_seen(table: Make, tmp_path: Path) -> None:
    code = """
from dataclasses import dataclass
from twinlens.core.types import Verdict

@dataclass(frozen=True)
class Mine:
    def judge(self, pair):
        return Verdict(pair, "mine", "a", 0.9, (), "A")
"""
    judge = tmp_path / "mine.py"
    judge.write_text(code)
    pairs = open_pairs(table(3))
    assert run(pairs, f"{judge}:Mine", tmp_path / "run", workers=2).failed == 0
    moved = tmp_path / "other.py"
    moved.write_text(code.replace("0.9", "0.8"))
    assert run(pairs, f"{moved}:Mine", tmp_path / "other").cached == 0
