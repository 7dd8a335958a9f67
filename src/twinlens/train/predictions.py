"""What a network predicted of people's pairs that it had not learned from, stored with its provenance.

A table of plain CSV, a row a pair and a way of leaving out, so that tables can be put together.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twinlens.core.errors import BadInput
from twinlens.core.version import __version__
from twinlens.judgement.preference import probability
from twinlens.networks.backbone import Floats
from twinlens.train.examples import LabelledPair

FROZEN, FINE_TUNED = "frozen", "fine-tuned"


@dataclass(frozen=True)
class Prediction:
    """One pair judged by what was learned without its part."""

    id: str
    scene: str
    kind: str
    label: str
    """What people prefer, a or b."""
    left_out: str
    """What parts are made of: other scenes, or other kinds of processing."""
    fold: int
    p_a: float
    """The calibrated probability that people prefer a; calibrated on these same predictions."""
    form: str
    """Whether the backbone was frozen or fine-tuned, for each part anew."""
    backbone: str
    """The first digits of the hash of the backbone that judged."""
    seed: int
    version: str
    command: str


@dataclass(frozen=True, eq=False)
class Predictions:
    """The calibrated log-odds of pairs by heads fitted without them, (n,)."""

    log_odds: Floats
    measured: Floats
    """The log-odds of the judge measured, its weights fitted on the same pairs."""
    part: NDArray[np.intp]
    """The number of the part that was left out for each pair."""
    backbones: list[str]
    """The hash of the backbone that judged each part; "" of the frozen one."""


def rows_of(
    pairs: Sequence[LabelledPair],
    kinds: Sequence[str],
    by: Mapping[str, Predictions],
    frozen: str,
    **how: Any,
) -> Iterator[Prediction]:
    """The rows of predictions by what was left out; `frozen` is the backbone's hash, `how` the provenance."""
    for name, one in by.items():
        backbones = [tuned or frozen for tuned in one.backbones]
        for pair, kind, part, log_odds in zip(pairs, kinds, one.part.tolist(), one.log_odds, strict=True):
            yield Prediction(
                pair.id, pair.scene, kind, "a" if pair.prefers_a else "b", name, part,
                round(probability(float(log_odds)), 6), backbone=backbones[part][:16],
                version=__version__, **how,
            )  # fmt: skip


def store(file: Path, predictions: Iterable[Prediction]) -> None:
    """Write predictions as a table."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow([field.name for field in fields(Prediction)])
        rows.writerows(astuple(one) for one in predictions)


def stored(file: Path) -> list[Prediction]:
    """The predictions of a table; BadInput where it is none."""
    expected = "expected predictions.csv of `twinlens train answer`"
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput.unreadable(file, error, "predictions.csv of `twinlens train answer`") from None
    made = []
    for line, row in enumerate(rows, 2):
        try:
            numbers: dict[str, Any] = {"fold": int(row["fold"]), "seed": int(row["seed"])}
            one = Prediction(**{**row, **numbers, "p_a": float(row["p_a"])})
        except (KeyError, TypeError, ValueError) as error:
            raise BadInput(f"{str(file)!r}, line {line}: found {error}; {expected}") from None
        if not 0 <= one.p_a <= 1 or one.label not in ("a", "b"):
            raise BadInput(
                f"{str(file)!r}, line {line}: found p_a {one.p_a}, label {one.label!r}; {expected}"
            )
        made.append(one)
    if not made:
        raise BadInput(f"{str(file)!r}: found no row; {expected}")
    return made
