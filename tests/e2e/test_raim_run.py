"""A file in the challenge's form is checked, run, scored and reported; judges see its details."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from photographs import picture, spoiled
from twinlens import cli

JUDGE = '''
from dataclasses import dataclass
from twinlens.core.types import Call, Failure, Verdict

@dataclass(frozen=True)
class Looks:
    """Prefers the side whose detail varies more, and says how many images it was shown."""

    def judge(self, pair):
        shown = [pair.a, pair.b, *(photo for crop in pair.crops for photo in crop)]
        calls = (Call("looks", 0.1, tuple((photo.width, photo.height) for photo in shown), 9, 9),)
        if pair.id == "s_002":
            return Failure("refused", "no", "I am sorry.", calls=calls)
        (a, b), = pair.crops
        choice = "a" if a.pixels.std() > b.pixels.std() else "b"
        text = "<thinking>\\nGlobal Sharpness: Image A (Left) is sharper.\\n</thinking>"
        return Verdict(pair, "looks", choice, 0.9 if choice == "a" else 0.1, (), text, calls=calls)
'''


def twinlens(*arguments: str | Path) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main([str(argument) for argument in arguments])
    return int(ended.value.code or 0)


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three composites with their details, as the organisers lay them out."""
    monkeypatch.setenv("TWINLENS_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "data" / "1536" / "images"
    folder.mkdir(parents=True)
    lines = []
    for number, name in enumerate(("astronaut", "coffee", "chelsea")):
        good, bad = picture(name), spoiled(name, "blur")
        left, right = (good, bad) if number % 2 == 0 else (bad, good)
        id = f"{'p' if number == 0 else 's'}_{number:03}"
        crop = np.s_[60:188, 100:260]
        for view, sides in (("c0", (left, right)), ("c1", (left[crop], right[crop]))):
            both = np.ascontiguousarray(np.hstack(sides)[..., ::-1])
            cv2.imwrite(str(folder / f"{id}_merged_{view}.png"), both)
        answer = "AB"[number % 2]
        better, worse = ("Image A (Left)", "Image B (Right)")[:: 1 if answer == "A" else -1]
        lines.append({
            "images": [f"data/1536/images/{id}_merged_{view}.png" for view in ("c0", "c1")],
            "messages": [{"role": "user", "content": "<image><image>\nPlease compare."}],
            "solution": f"<thinking>\nGlobal Sharpness: {better} is sharper, while {worse} is blurry.\n"
                        f"</thinking>\n<answer>{answer}</answer>",
        })  # fmt: skip
    (tmp_path / "looks.py").write_text(JUDGE)
    (tmp_path / "train.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    return tmp_path / "train.jsonl"


def rows(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "rows.jsonl").read_text("utf-8").splitlines()]


def test_a_raim_file_is_checked_run_scored_and_reported(
    table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, page = tmp_path / "run", tmp_path / "run.html"
    assert twinlens("data", "check", table) == 0
    assert twinlens("run", table, "--judge", f"{tmp_path / 'looks.py'}:Looks", "--out", out) == 1
    first, second, third = rows(out)
    assert [row.get("choice") for row in (first, second, third)] == ["a", "b", None]
    assert first["orders"]["ab"]["images"] == [[512, 512], [512, 512], [160, 128], [160, 128]]
    assert (third["failure"], third["orders"]["ba"]["images"][2]) == ("refused", [160, 128])
    assert third["photos"]["b"]["file"].endswith("s_002_merged_c0.png#right")
    capsys.readouterr()
    assert twinlens("score", out, "--json") == 0
    scores = json.loads(capsys.readouterr().out)["scores"]
    assert (scores["accuracy"]["n"], scores["accuracy"]["failed"]) == (3, 1)
    assert twinlens("report", out, "-o", page) == 0
    (details,) = re.findall(r'id="piece-rows-0"[^>]*>(.*?)</script>', page.read_text("utf-8"), re.DOTALL)
    pairs = json.loads(details)
    failed = next(one for one in pairs if one["detail"] == "no")
    assert [photo["src"] for photo in failed["photos"]] == ["data/1536/images/s_002_merged_c0.png"] * 2
    assert [photo["half"] for photo in failed["photos"]] == ["left", "right"]


def test_the_measured_judge_prefers_what_the_experts_do(table: Path, tmp_path: Path) -> None:
    assert twinlens("run", table, "--out", tmp_path / "run") == 0
    judged = rows(tmp_path / "run")
    assert [row["choice"] for row in judged] == [row["label"] for row in judged] == ["a", "b", "a"]
    assert all("images" not in row["orders"]["ab"] for row in judged)


def test_a_detail_that_cannot_be_read_fails_its_row(table: Path, tmp_path: Path) -> None:
    (tmp_path / "data/1536/images/s_001_merged_c1.png").write_bytes(b"oops")
    assert twinlens("run", table, "--judge", "fixed", "--out", tmp_path / "run") == 1
    assert [row.get("failure") for row in rows(tmp_path / "run")] == [None, "bad-photo", None]
    assert "c1.png" in rows(tmp_path / "run")[1]["detail"]
