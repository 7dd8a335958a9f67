"""Learns the shipped preference network from all that people judged here, and from photographs.

    python -m benchmarks answer            looks, learns and prints what it is worth; what was looked at is stored
    python -m benchmarks answer --write    and writes src/twinlens/networks/weights

First run some 45 minutes on 2 idle cores, most of it the restorations; later ones 3 minutes.
"""

from __future__ import annotations

import json
import sys
import tempfile
from dataclasses import replace
from itertools import compress
from pathlib import Path

import numpy as np

from benchmarks.fitting import PACKAGE
from benchmarks.material import DATA
from twinlens.core.errors import BadInput
from twinlens.readers import Row, open_pairs
from twinlens.train.answer import PREDICTIONS, train
from twinlens.train.examples import LabelledPair, labelled

WEIGHTS = PACKAGE / "networks" / "weights"
TERMS = {
    "mef": "Waterloo MEF database: free to use, modify and distribute with its notice",
    "hecd": "HECD, photographs of BSDS500: research use",
    "avt": "AVT image quality test, TU Ilmenau",
    "sr": "super-resolution study, NTNU 2024: research use",
    "photographs": "CID22 references (CC BY-SA 4.0) and the Kodak set (free use), damaged and restored",
    "backbone": "EfficientNet-Lite0, ImageNet (Apache-2.0)",
}


def progress(what: str, done: int, of: int) -> None:
    if sys.stderr.isatty() or done % 50 == 0:
        print(f"{what}: {done} of {of}", file=sys.stderr)


def gathered(left: frozenset[str]) -> tuple[list[Row], list[LabelledPair]]:
    """The rows of both folders of people's pairs, and what is measured of them, by kind of processing."""
    rows: list[Row] = []
    pairs: list[LabelledPair] = []
    for name in ("human", "human_sr"):
        some = list(open_pairs(DATA / name / "pairs.csv"))
        measured, problems = labelled(some, "set")
        if problems:
            raise BadInput(str(problems[0]))
        rows += some
        pairs += [replace(one, set="sr" if one.set.startswith("sr") else one.set) for one in measured]
    known = [one.set not in left for one in pairs]
    return list(compress(rows, known)), list(compress(pairs, known))


def main(write: bool = False, without: str = "") -> None:
    """Learn, and print what it is worth; `without` names kinds that are not learned from, such as hecd,sr."""
    left = frozenset(filter(None, without.split(",")))
    rows, pairs = gathered(left)
    terms = {kind: text for kind, text in TERMS.items() if kind not in left}
    with tempfile.TemporaryDirectory() as folder:
        out = WEIGHTS if write else Path(folder)
        command = "python -m benchmarks answer --write" + (f" --without {without}" if left else "")
        card, learned, people = train(
            rows,
            pairs,
            out,
            progress,
            photos=DATA / "training_photos",
            fresh=True,
            command=command,
            terms=terms,
        )
        (out / PREDICTIONS).unlink()  # it holds people's labels, which are not ours to ship
    print(json.dumps(card["scores"], indent=1))
    for name, one in learned.predictions.items():
        for kind in np.unique(people.kind):
            here = people.kind == kind
            print(name, kind, here.sum(), round(float((one.log_odds * people.sign > 0)[here].mean()), 3))
