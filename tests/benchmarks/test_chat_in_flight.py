"""The benchmark that times `chat`: its server is read as a model is, and a run over it has no failed row."""

import json
from pathlib import Path

import pytest

from benchmarks.speed.chat import WAYS, measured, write_table


@pytest.mark.parametrize(("reasons", "claims"), [("six", 6), ("none", 0)])
def test_its_server_is_read_as_a_model_is(
    reasons: str, claims: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    assert len(WAYS[reasons].splitlines()) == claims
    write_table(tmp_path, 2)
    measured(tmp_path, 0.01, reasons, 2, 1)
    (file,) = tmp_path.glob("*, 16, 0/rows.jsonl")
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert [len(row["claims"]) for row in rows] == [claims] * 2
    assert [row["choice"] for row in rows] == ["tie"] * 2  # it looks at nothing and says A in both orders
    assert [row["orders"]["ab"]["p_a"] for row in rows] == pytest.approx([0.73] * 2, abs=0.01)
