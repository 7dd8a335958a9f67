"""Rows of the accuracy table from predictions of folds that `twinlens train answer` stored."""

from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.accuracy.accuracy import from_folds
from twinlens.core.errors import BadInput
from twinlens.train.answer import SCENE
from twinlens.train.predictions import FINE_TUNED, Prediction, store

ONE = Prediction(
    "p0", "s0", "mef", "a", SCENE, 0, 0.9, FINE_TUNED, "0123", 0, "0.1.0", "twinlens train answer"
)


def test_stored_predictions_become_rows_that_say_they_are_fine_tuned(tmp_path: Path) -> None:
    file = tmp_path / "predictions.csv"
    store(file, [replace(ONE, id=f"p{n}", scene=f"s{n}", p_a=0.9 if n < 3 else 0.2) for n in range(4)])
    ((name, mef, *others),) = from_folds(file)
    assert name == "answer, fine-tuned (stored predictions), by scene"
    assert mef.startswith("0.750 [")
    assert mef.endswith("(4)")
    assert others == ["none"] * 3


def test_predictions_of_other_kinds_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "predictions.csv"
    store(file, [replace(ONE, kind="pairs")])
    with pytest.raises(BadInput, match="found kinds pairs; expected mef, hecd, avt, sr"):
        list(from_folds(file))
