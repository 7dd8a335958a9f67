"""One number of several scores, `0.7*accuracy+0.3*rouge_l`, and gates for a run to meet, `accuracy>=0.9`."""

import operator
import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from twinlens.core.errors import BadInput
from twinlens.core.score_records import GateRecord, ScoreRecord

_NUMBER = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[-+]?[0-9]{1,2})?"
_NAME = r"win_rate\([^()]*\)|[a-z_]\w*"
_TERM = re.compile(rf"\s*(?P<sign>[-+]?)\s*(?:(?P<weight>{_NUMBER})\s*\*\s*)?(?P<name>{_NAME})\s*", re.I)
_GATE = re.compile(
    rf"\s*(?:(?P<end>low|high)\(\s*(?P<inner>{_NAME})\s*\)|(?P<name>{_NAME}))\s*"
    rf"(?P<op>>=|<=|>|<)\s*(?P<number>[-+]?{_NUMBER})\s*",
    re.I,
)
_COMPARISONS = {">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt}


class Composite(NamedTuple):
    """A weighted sum of scores: weights by name, in the order they were written."""

    text: str
    weights: Mapping[str, float]

    def value(self, scores: Mapping[str, Any]) -> Any:
        """The weighted sum, with a number or an array for each name."""
        return sum(weight * scores[name] for name, weight in self.weights.items())


class Gate(NamedTuple):
    """A comparison that a run has to meet: the value of a score, or the low or high end of its interval."""

    text: str
    name: str
    end: str
    op: str
    number: float


def parse_composite(text: str) -> Composite:
    """The weighted sum that a text writes; BadInput where it is none.

    >>> dict(parse_composite("0.7*accuracy - win_rate(v2)").weights)
    {'accuracy': 0.7, 'win_rate(v2)': -1.0}
    """
    weights: dict[str, float] = {}
    at = 0
    while at < len(text) or not weights:
        term = _TERM.match(text, at)
        if term is None or not (term["sign"] or not weights):
            raise BadInput(
                f"--composite {text!r}: found {text[at:]!r}; expected weights and names of scores, such as "
                '"0.7*accuracy+0.3*rouge_l"'
            )
        name, weight = _plain(term["name"]), float(term["weight"] or 1)
        weights[name] = weights.get(name, 0.0) + (-weight if term["sign"] == "-" else weight)
        at = term.end()
    return Composite(text, weights)


def parse_gate(text: str) -> Gate:
    """The comparison that a text writes; BadInput where it is none.

    >>> parse_gate("low(win_rate(v2))>=0.5")[1:]
    ('win_rate(v2)', 'low', '>=', 0.5)
    """
    made = _GATE.fullmatch(text)
    if made is None:
        raise BadInput(
            f"--require {text!r}: expected one score, one of >= > <= < and a number, such as "
            '"win_rate(v2)>=0.5" or "low(accuracy)>=0.6"'
        )
    name, end = _plain(made["inner"] or made["name"]), (made["end"] or "value").lower()
    return Gate(text, name, end, made["op"], float(made["number"]))


def gate_record(gate: Gate, scores: Mapping[str, ScoreRecord]) -> GateRecord:
    """Whether a run's scores meet a gate, and the score it is of; one that has no value meets nothing."""
    require_names((gate.name,), scores, gate.text)
    score = scores[gate.name]
    value = getattr(score, gate.end)
    met = value is not None and _COMPARISONS[gate.op](value, gate.number)
    return GateRecord(gate.text, met, {gate.name: score})


def require_names(names: Iterable[str], known: Iterable[str], text: str) -> None:
    """BadInput where a text names a score that the run does not have."""
    there = list(known)
    for name in names:
        if name not in there:
            raise BadInput(f"{text!r}: found no score {name!r}; expected one of {', '.join(there)}")


def _plain(name: str) -> str:
    """A name as scores have it: win_rate("v2") is win_rate(v2)."""
    return re.sub(r"\(\s*([\"']?)(.*?)\1\s*\)$", r"(\2)", name)
