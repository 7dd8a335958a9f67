"""Run folders with known rows."""

import json
from collections.abc import Iterable
from pathlib import Path

import pytest
from made_rows import Row, Run


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Writes a run folder of some rows."""

    def write(rows: Iterable[Row], name: str = "run", judge: str = "fixed", symmetric: bool = False) -> Path:
        folder = tmp_path / name
        folder.mkdir()
        who = {"spec": judge, "symmetric": symmetric}
        (folder / "run.json").write_text(json.dumps({"judge": who}), "utf-8")
        (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
        return folder

    return write
