"""Fitted numbers are data: a JSON file beside the code that reads them says also where they come from.

`{"schema": "twinlens.fitted/1", "command", "data", "date", "coefficients": {feature: number}, "intercept"}`,
and a `note` where there is one. `python -m benchmarks NAME --write` writes them.
"""

import json
from functools import cache
from importlib.resources import files

SCHEMA = "twinlens.fitted/1"


@cache
def logistic(package: str, name: str) -> tuple[tuple[float, ...], float]:
    """The coefficients, in the file's order, and the intercept (log-odds) of a logistic regression."""
    made = json.loads((files(package) / name).read_text("utf-8"))
    if made["schema"] != SCHEMA:
        raise ValueError(f"{package}/{name}: found schema {made['schema']!r}; expected {SCHEMA!r}")
    return tuple(map(float, made["coefficients"].values())), float(made["intercept"])
