"""Weights of the measured judge in a file, such as `twinlens train measured` writes: read, and checked."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twinlens.core.errors import BadInput
from twinlens.judgement.preference import prior, saturations
from twinlens.metrics import metrics

SCHEMA = "twinlens.weights/1"
EXPECTED = "a file of weights, such as `twinlens train measured PAIRS --out FILE.json` writes"
LARGEST = 1e6
"""A weight above this is none; real ones are below 100."""
LONGEST = 1 << 20
"""Bytes of a file that are read."""


@dataclass(frozen=True)
class FittedWeights:
    """The weights of a file in the order of `preference.saturations`, and the hash of its bytes."""

    values: tuple[float, ...]
    sha256: str


def read_weights(file: str) -> FittedWeights:
    """The weights in a file; BadInput, one line, where it is not there or holds none."""
    try:
        with Path(file).open("rb") as stream:
            data = stream.read(LONGEST)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "no name of a file"
        raise BadInput(f"{file!r}: cannot be read: {why}; expected {EXPECTED}") from None
    try:
        found = json.loads(data)
    except (ValueError, RecursionError):
        raise BadInput(f"{file!r}: found no JSON; expected {EXPECTED}") from None
    return FittedWeights(_checked(found, file), hashlib.sha256(data).hexdigest())


def _checked(found: Any, file: str) -> tuple[float, ...]:
    schema = found.get("schema") if isinstance(found, dict) else None
    table = found.get("weights") if isinstance(found, dict) else None
    if schema != SCHEMA or not isinstance(table, dict):
        told = f"schema {schema!r}"[:80] if isinstance(table, dict) else "no weights"
        raise BadInput(f"{file!r}: found {told}; expected {EXPECTED}, of schema {SCHEMA!r}")
    known, ours = saturations(), _of_this_package()
    for what, names in (("lack", ours - table.keys()), ("have", table.keys() - known)):
        if names:
            some = ", ".join(sorted(names)[:3])
            raise BadInput(
                f"{file!r}: the weights {what} {some}; expected one for each of the {len(known)} that "
                "this version weighs; fit them again with `twinlens train measured`"
            )
    for name, value in table.items():
        if not _is_weight(value):
            raise BadInput(
                f"{file!r}: found {json.dumps(value)[:40]} for {name}; expected a number, 0 or more"
            )
    return tuple(float(table.get(name, weight)) for name, weight in prior().items())


def _of_this_package() -> set[str]:
    """The features that every file of weights has: a metric from outside counts by its prior."""
    outside = {name for name, one in metrics().items() if not type(one).__module__.startswith("twinlens.")}
    return saturations().keys() - outside


def _is_weight(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= LARGEST
