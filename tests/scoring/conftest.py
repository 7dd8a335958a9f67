"""Run folders with known rows."""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from made_rows import Made, Row, Run, text, verdict

from twinlens.imaging.open import open_photo
from twinlens.runs.store import RunFolder


def written(folder: Path, rows: Iterable[Row], judge: Row) -> RunFolder:
    """The run folder of these rows."""
    folder.mkdir()
    (folder / "run.json").write_text(json.dumps({"schema": "twinlens.run/2", "judge": judge}), "utf-8")
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return RunFolder(folder)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Writes a run folder of some rows."""

    def write(
        rows: Iterable[Row], name: str = "run", judge: str = "fixed", symmetric: bool = False
    ) -> RunFolder:
        return written(tmp_path / name, rows, {"spec": judge, "symmetric": symmetric})

    return write


@pytest.fixture
def made(tmp_path: Path, pictures: list[tuple[Path, Path]]) -> Made:
    """A run over twelve pairs, the sharp photo a in every other; each is judged to favour `said`."""

    def write(said: str = "right", more: list[Row] | None = None) -> Path:
        rows = []
        for at, photos in enumerate(pictures):
            pair = photos if at % 2 == 0 else photos[::-1]
            label = "a" if at % 2 == 0 else "b"
            choice = label if said == "right" else said
            told = [open_photo(file) for file in pair]
            facts = [
                {"file": one.file, "sha256": one.sha256, "width": 128, "height": 96, "notes": []}
                for one in told
            ]
            rows.append(
                verdict(
                    str(at), choice, label=label, rationale=text(choice), reference=text(label),
                    pair={"id": str(at), "kind": "other", "a": facts[0], "b": facts[1]},
                )
            )  # fmt: skip
        return written(tmp_path / "run", [*rows, *(more or [])], {"spec": "j"}).folder

    return write
