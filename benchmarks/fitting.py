"""Logistic regressions whose numbers ship as data, fitted and written with where they come from."""

from __future__ import annotations

import datetime
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression

from benchmarks.baselines import Array
from twinlens.core.fitted import SCHEMA

PACKAGE = Path(__file__).parents[1] / "src" / "twinlens"


def odd(known: Array, penalty: float) -> Array:
    """Coefficients of features (n, k) that are all for the answer; each is seen both ways round, no intercept."""
    scale = known.std(axis=0)
    both = np.concatenate([known, -known]) / scale
    model = LogisticRegression(C=1 / penalty, fit_intercept=False, max_iter=500)
    fitted = model.fit(both, np.arange(len(both)) < len(known))
    return np.asarray(fitted.coef_[0] / scale)


def balanced(known: Array, wants: Array, penalty: float = 1.0) -> Array:
    """Coefficients of features (n, k) and, last, the intercept; both answers weigh alike."""
    scale = known.std(axis=0)
    model = LogisticRegression(C=1 / penalty, max_iter=2000, class_weight="balanced").fit(
        known / scale, wants
    )
    return np.array([*(model.coef_[0] / scale), model.intercept_[0]])


def write(file: Path, name: str, data: str, features: Sequence[str], numbers: Array) -> None:
    """The coefficients by feature and the intercept, as `twinlens.core.fitted` reads them."""
    record = {
        "schema": SCHEMA,
        "command": f"python -m benchmarks {name} --write",
        "data": data,
        "date": datetime.date.today().isoformat(),
        "coefficients": dict(zip(features, map(float, numbers[:-1]), strict=True)),
        "intercept": float(numbers[-1]),
    }
    file.write_text(json.dumps(record, indent=2, ensure_ascii=False) + "\n", "utf-8")
