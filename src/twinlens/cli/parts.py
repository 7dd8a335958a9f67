"""`twinlens judges` and `twinlens metrics`: the parts there are, and one of them in full."""

from __future__ import annotations

import dataclasses
import inspect
import math
from collections.abc import Collection, Mapping
from typing import Annotated, Any

from twinlens.cli.options import argument, flag
from twinlens.cli.terminal import console, emit, show, words
from twinlens.core import catalog
from twinlens.core.errors import TwinlensError
from twinlens.core.spec import literal

Json = Annotated[bool, flag("--json", "Print one JSON object a line.")]
JudgeName = Annotated[str | None, argument("NAME", "One judge, in full.")]
MetricName = Annotated[str | None, argument("NAME", "One metric, in full.")]


def judges(name: JudgeName = None, json: Json = False) -> None:
    """List the judges, who give verdicts, or show one in full."""
    if name is not None:
        made = catalog.kind("judges", name)
        return emit(_judge(name)) if json else _full(name, made, _judge(name)["options"])
    rows = [_judge(one) for one in catalog.names("judges")]
    _list(rows, [(row["name"], row["needs"] or row["says"]) for row in rows], json, "judges")


def _judge(name: str) -> dict[str, Any]:
    try:
        made = catalog.kind("judges", name)
    except TwinlensError as error:
        return {"name": name, "says": "", "options": {}, "needs": str(error)}
    options = {field.name: _default(field) for field in dataclasses.fields(made) if field.init}
    return {"name": name, "says": _paragraphs(made)[0], "options": options, "needs": None}


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default is not dataclasses.MISSING:
        return literal(field.default)
    return "…" if field.default_factory is dataclasses.MISSING else literal(field.default_factory())


def metrics(name: MetricName = None, json: Json = False) -> None:
    """List the metrics, which check reasons, or show one in full."""
    parts = catalog.parts("metrics") if name is None else {name: catalog.part("metrics", name)}
    rows = [_metric(key, one) for key, one in parts.items()]
    if name is None or json:
        lines = [(key, f"{one.aspect:<11}{one.blame}") for key, one in parts.items()]
        return _list(rows, lines, json, "metrics")
    metric = parts[name]
    least = f"{100 * metric.jnd:g} %" if metric.relative else f"{metric.jnd:g} {metric.unit}"
    better = "what is natural is best" if metric.better == "target" else f"{metric.better} is better"
    facts = {
        "about": ", ".join(metric.aspects),
        "range": f"{metric.low:g} to {metric.high:g} {metric.unit}; {better}",
        "noticed": f"from {least} on (its just-noticeable difference, JND)",
        "better photo": metric.praise,
        "worse photo": metric.blame,
        "source": metric.source,
    }
    _full(name, type(metric), facts)


def _metric(name: str, metric: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"name": name, "says": _paragraphs(type(metric))[0]}
    for key in ("aspect", "unit", "low", "high", "better", "jnd", "relative", "source"):
        value = getattr(metric, key)
        row[key] = None if isinstance(value, float) and not math.isfinite(value) else value
    return row


def _list(rows: list[dict[str, Any]], lines: list[tuple[str, str]], json: bool, command: str) -> None:
    """Print the parts, a line each, or as JSON."""
    if json:
        for row in rows:
            emit(row)
        return
    target = console()
    _beside(lines, target)
    show(words(f"One in full: twinlens {command} NAME", "dim"), target)


def _full(name: str, made: type, facts: Mapping[str, str]) -> None:
    """Print what a part says of itself, and facts about it."""
    target = console()
    show(words(name, "bold"), target)
    for paragraph in _paragraphs(made):
        target.print()
        show(words(paragraph), target, "  ")
    target.print()
    _beside(facts.items(), target)


def _beside(pairs: Collection[tuple[str, str]], target: Any) -> None:
    """Print names, and beside each what it is."""
    widest = max((len(name) for name, _ in pairs), default=0)
    for name, text in pairs:
        show(words(text), target, f"{name.ljust(widest)}  ")


def _paragraphs(made: type) -> list[str]:
    return [" ".join(part.split()) for part in (inspect.getdoc(made) or "").split("\n\n")]
