"""Weights of the measured judge in a file, such as `twinlens train measured` writes: read, and checked."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from twinlens.core.errors import BadInput
from twinlens.core.files import read_bytes
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
    data = read_bytes(file, EXPECTED, LONGEST)
    try:
        record = json.loads(data)
    except (ValueError, RecursionError):
        raise BadInput(f"{file!r}: found no JSON; expected {EXPECTED}") from None
    return FittedWeights(_checked(record, file), hashlib.sha256(data).hexdigest())


def _checked(record: Any, file: str) -> tuple[float, ...]:
    schema, table = (record.get(key) if isinstance(record, dict) else None for key in ("schema", "weights"))
    if schema != SCHEMA or not isinstance(table, dict):
        given = f"schema {schema!r}"[:80] if isinstance(table, dict) else "no weights"
        raise BadInput(f"{file!r}: found {given}; expected {EXPECTED}, of schema {SCHEMA!r}")
    known = saturations().keys()
    outside = {name for name, one in metrics().items() if not type(one).__module__.startswith("twinlens.")}
    for what, names in (("lack", known - outside - table.keys()), ("have", table.keys() - known)):
        if names:
            wrong = f"the weights {what} {', '.join(sorted(names)[:3])}"
            expected = f"expected one for each of the {len(known)} that this version weighs"
            raise BadInput(f"{file!r}: {wrong}; {expected}; fit them again with `twinlens train measured`")
    for name, value in table.items():
        if type(value) not in (int, float) or not 0 <= value <= LARGEST:
            shown = json.dumps(value)[:40]
            raise BadInput(f"{file!r}: found {shown} for {name}; expected a number, 0 or more")
    return tuple(float(table.get(name, weight)) for name, weight in prior().items())
