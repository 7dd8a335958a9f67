"""What `twinlens train answer` prints when it is done."""

from pathlib import Path

import pytest

from twinlens.cli.train_answer import _show


def test_every_interval_is_whole_in_eighty_columns(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    gain = {"value": -0.04, "low": -0.12, "high": -0.01, "n": 51}
    accuracy = {"value": 0.96, "low": 0.88, "high": 1.0, "n": 51}
    scores = {"answer": accuracy, "measured": accuracy, "gain": gain}
    left_out = dict.fromkeys(("other scenes", "other kinds of processing"), scores)
    _show({"made": {"pairs": 51, "scenes": 17}, "scores": left_out}, Path("net"))
    printed = capsys.readouterr().out
    assert printed.count("-0.04 [-0.12, -0.01]") == 2
    assert printed.count("0.96 [0.88, 1.00]") == 4
    assert "…" not in printed
