"""A run on a Ray cluster equals a run on one machine to the last byte, whatever dies on the way."""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from batch_judges import FILE

from bucket import put, serving
from twinlens.core.errors import BadInput, BadSpec, MissingExtra
from twinlens.core.run_records import JudgeRecord
from twinlens.imaging.remote import file_system
from twinlens.readers import open_pairs
from twinlens.runs import ray as ours
from twinlens.runs.engine import run
from twinlens.runs.row_groups import Settings
from twinlens.runs.shards import shards

Make = Callable[..., Path]
Pictures = list[tuple[Path, Path]]
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[str]:
    """A small cluster on this machine, started where a bucket is served; gives the bucket's address."""
    ray = pytest.importorskip("ray")
    with serving() as address, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        os.environ.update(ours.QUIET)
        ray.init(
            num_cpus=2, num_gpus=0, object_store_memory=80 << 20, include_dashboard=False,
            log_to_driver=False, logging_level="CRITICAL",
        )  # fmt: skip
        yield address
        ray.shutdown()


def lines(folder: Path, name: str = "rows.jsonl") -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / name).read_text("utf-8").splitlines()]


def judge(name: str, **arguments: Any) -> str:
    listed = ", ".join(f"{key}={value!r}" for key, value in arguments.items())
    return f"{FILE}:{name}({listed})"


def test_rows_are_the_same_as_on_one_machine(table: Make, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"oops")
    pairs = open_pairs(table(9, more=f"bad,{broken},{broken},s,a\n"))
    run(pairs, judge("Many", bad="pair_003"), tmp_path / "here", cache=False)
    summary = run(
        pairs, judge("Many", bad="pair_003"), tmp_path / "ray", engine="ray", workers=2, cache=False
    )
    assert (summary.rows, summary.failed, summary.judged) == (10, 2, 10)
    for name in ("rows.jsonl", "run.json"):
        assert (tmp_path / "ray" / name).read_bytes() == (tmp_path / "here" / name).read_bytes()
    here, there = lines(tmp_path / "here", "times.jsonl"), lines(tmp_path / "ray", "times.jsonl")
    assert [one["id"] for one in there] == [one["id"] for one in here]
    assert [one.get("calls") for one in there] == [one.get("calls") for one in here]
    names = sorted(path.name for path in (tmp_path / "ray" / "shards").iterdir())
    assert len(names) == 10
    assert all(name.endswith("-1.parquet") for name in names)


def test_a_killed_actor_changes_no_byte(table: Make, tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    deadly = judge("Deadly", pair="pair_004", marks=str(marks))
    run(open_pairs(table(12)), deadly, tmp_path / "ray", engine="ray", workers=2, cache=False)
    assert len(list(marks.iterdir())) == 1  # it died
    run(open_pairs(table(12)), deadly, tmp_path / "here", cache=False)
    assert (tmp_path / "ray" / "rows.jsonl").read_bytes() == (tmp_path / "here" / "rows.jsonl").read_bytes()
    assert {path.suffix for path in (tmp_path / "ray" / "shards").iterdir()} == {".parquet"}


def test_a_row_that_ends_every_process_is_lost_and_the_others_are_not(table: Make, tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    marks.mkdir()
    deadly = judge("Deadly", pair="pair_001", marks=str(marks), times=9)
    summary = run(open_pairs(table(4)), deadly, tmp_path / "ray", engine="ray", workers=2, cache=False)
    assert (summary.rows, summary.failed) == (4, 1)
    lost = lines(tmp_path / "ray")[1]
    assert (lost["failure"], lost["detail"]) == ("broken", "the process that judged it ended with signal 9")


def test_a_run_goes_on_by_what_is_written(table: Make, tmp_path: Path) -> None:
    log, out = tmp_path / "log", tmp_path / "run"
    pairs, single = open_pairs(table(7)), judge("Single", log=str(log))
    run(pairs, single, out, engine="ray", workers=2, cache=False, limit=4)
    calls, whole = len(log.read_text().split()), (out / "rows.jsonl").read_bytes()
    assert calls == 8
    (out / "rows.jsonl").write_bytes(whole[: len(whole) // 2])  # as after a crash
    summary = run(pairs, single, out, engine="ray", workers=2, cache=False)
    assert summary.rows == 7
    assert len(log.read_text().split()) == 14  # four shards were there
    run(pairs, single, tmp_path / "here", cache=False)
    assert (out / "rows.jsonl").read_bytes() == (tmp_path / "here" / "rows.jsonl").read_bytes()
    (out / "rows.jsonl").write_bytes(whole)
    assert run(pairs, single, out).rows == 7  # either engine goes on with the other's run


def test_rows_that_failed_are_judged_again_and_not_taken_from_what_is_written(
    table: Make, tmp_path: Path
) -> None:
    (tmp_path / "flaky.py").write_text(
        "import pathlib\nfrom dataclasses import dataclass\n"
        "from twinlens.core.types import Failure, Verdict\n"
        "@dataclass(frozen=True)\nclass Flaky:\n    down: str\n    def judge(self, pair):\n"
        "        if pathlib.Path(self.down).exists() and pair.id == 'pair_001':\n"
        "            return Failure('timeout', 'for now')\n"
        "        return Verdict(pair, 'flaky', 'a', 0.75, (), '')\n"
    )
    pairs, flaky = open_pairs(table(3)), f"{tmp_path / 'flaky.py'}:Flaky(down={str(tmp_path / 'down')!r})"
    (tmp_path / "down").touch()
    ray = {"engine": "ray", "workers": 2, "cache": False}
    for _ in range(2):
        assert run(pairs, flaky, tmp_path / "ray", **ray).failed == 1
    (tmp_path / "down").unlink()
    assert run(pairs, flaky, tmp_path / "ray", **ray).failed == 0
    run(pairs, flaky, tmp_path / "here", cache=False)
    assert (tmp_path / "ray" / "rows.jsonl").read_bytes() == (tmp_path / "here" / "rows.jsonl").read_bytes()


def test_photos_and_shards_may_lie_in_a_bucket(
    cluster: str, pictures: Pictures, tmp_path: Path, own_cache: Path
) -> None:
    rows = ["id,a,b"]
    for number, photos in enumerate(pictures[:3]):
        a, b = (put(f"{number}/{photo.name}", photo.read_bytes()) for photo in photos)
        rows.append(f"x{number},{a},{b}")
    file = tmp_path / "pairs.csv"
    file.write_text("\n".join([*rows, f"none,{cluster}/none.png,{cluster}/none.png\n"]))
    pairs, place = open_pairs(file), f"{cluster}/shards"
    summary = run(pairs, "measured", tmp_path / "ray", engine="ray", workers=2, shards=place)
    assert (summary.rows, summary.failed) == (4, 1)
    run(pairs, "measured", tmp_path / "here", cache=False)
    assert (tmp_path / "ray" / "rows.jsonl").read_bytes() == (tmp_path / "here" / "rows.jsonl").read_bytes()
    system, path = file_system(place)
    assert len(system.ls(path)) == 4
    assert not (tmp_path / "ray" / "shards").exists()


def test_wrong_use_on_an_actor_is_one_line(table: Make, tmp_path: Path) -> None:
    misused = tmp_path / "misused.py"
    misused.write_text(
        "from dataclasses import dataclass\nfrom twinlens.core.errors import BadSpec\n"
        "@dataclass(frozen=True)\nclass Misused:\n"
        "    def judge(self, pair):\n        raise BadSpec('no such server')\n"
    )
    with pytest.raises(BadInput, match=r"^no such server$"):
        run(open_pairs(table(3)), f"{misused}:Misused", tmp_path / "run", engine="ray", workers=2)


def test_threads_of_more_actors_than_there_are_slots_judge_all_the_same(table: Make, tmp_path: Path) -> None:
    server = judge("Server", in_flight=4)
    summary = run(open_pairs(table(5)), server, tmp_path / "run", engine="ray", workers=4)
    assert (summary.rows, summary.failed) == (5, 0)


def test_without_ray_the_install_line_is_shown_and_nothing_is_made(
    table: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingExtra, match=r"--engine ray needs .* pip install 'twinlens\[ray\]'"):
        run(open_pairs(table(1)), "fixed", tmp_path / "run", engine="ray")
    assert not (tmp_path / "run").exists()
    with pytest.raises(BadInput, match="--shards"):
        run(open_pairs(table(1)), "fixed", tmp_path / "run", shards="s3://photos/x")
    with pytest.raises(BadSpec):
        run(open_pairs(table(1)), "nobody", tmp_path / "run", engine="ray")


@pytest.mark.parametrize(
    ("name", "workers", "there", "share"),
    [("Many", 2, 0, 0.0), ("Many", 2, 4, 1.0), ("Many", 4, 2, 0.5), ("Single", 2, 4, 0.0)],
)
def test_an_actor_gets_its_share_of_the_gpus_where_its_judge_computes_on_one(
    name: str, workers: int, there: float, share: float
) -> None:
    assert ours._gpus(Settings(judge(name), JudgeRecord(name)), workers, there) == share


@pytest.mark.parametrize(
    ("rows", "table", "sizes"), [(0, 9, []), (3, 9, [1, 1, 1]), (130, 5000, [64, 64, 2])]
)
def test_shards_are_of_a_fixed_size(rows: int, table: int, sizes: list[int]) -> None:
    found = shards(rows, table)
    assert list(map(len, found)) == sizes
    assert list(chain.from_iterable(found)) == list(range(rows))
