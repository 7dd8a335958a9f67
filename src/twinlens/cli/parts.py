"""`twinlens judges` and `twinlens metrics`: the parts there are."""

from __future__ import annotations

import dataclasses
import inspect
import math
from typing import TYPE_CHECKING, Annotated, Any

from twinlens.cli.options import flag
from twinlens.cli.terminal import console, emit, words
from twinlens.core import catalog
from twinlens.core.errors import TwinlensError
from twinlens.core.spec import literal

if TYPE_CHECKING:
    from rich.table import Table

WIDE = 100
"""Columns from which the sources of metrics fit beside the rest."""
Json = Annotated[bool, flag("--json", "Print one JSON object a line.")]


def judges(json: Json = False) -> None:
    """List the judges: who gives verdicts, and with which options."""
    rows = [_judge(name) for name in catalog.names("judges")]
    if json:
        return _emit(rows)
    from rich.text import Text

    table = _table("judge", "what it is", "options")
    for row in rows:
        options = Text("\n").join(words(f"{key}={value}", "dim") for key, value in row["options"].items())
        table.add_row(words(row["name"], "bold"), words(row["needs"] or row["says"]), options)
    console().print(table)


def _judge(name: str) -> dict[str, Any]:
    try:
        made = catalog.kind("judges", name)
    except TwinlensError as error:
        return {"name": name, "says": "", "options": {}, "needs": str(error)}
    options = {field.name: _default(field) for field in dataclasses.fields(made) if field.init}
    return {"name": name, "says": _first_line(made), "options": options, "needs": None}


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default is not dataclasses.MISSING:
        return literal(field.default)
    return "…" if field.default_factory is dataclasses.MISSING else literal(field.default_factory())


def metrics(json: Json = False) -> None:
    """List the metrics: what reasons are checked against."""
    parts = catalog.parts("metrics")
    if json:
        return _emit([_metric(name, metric) for name, metric in parts.items()])
    target = console()
    sources = ["source"] if target.width >= WIDE else []
    table = _table("metric", "aspect", "range", "better", "JND", *sources)
    for name, metric in parts.items():
        table.add_row(
            words(name, "bold"),
            words(metric.aspect),
            words(f"{metric.low:g}–{metric.high:g} {metric.unit}"),
            words(metric.better),
            words(f"{100 * metric.jnd:g} %" if metric.relative else f"{metric.jnd:g} {metric.unit}"),
            *(words(metric.source, "dim") for _ in sources),
        )
    target.print(table)
    if not sources:
        target.print(words("Sources: in a wider terminal, or with --json.", "dim"))


def _metric(name: str, metric: Any) -> dict[str, Any]:
    row: dict[str, Any] = {"name": name, "says": _first_line(type(metric))}
    for key in ("aspect", "unit", "low", "high", "better", "jnd", "relative", "source"):
        value = getattr(metric, key)
        row[key] = None if isinstance(value, float) and not math.isfinite(value) else value
    return row


def _emit(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        emit(row)


def _first_line(made: type) -> str:
    return (inspect.getdoc(made) or "").partition("\n\n")[0].replace("\n", " ")


def _table(*columns: str) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for index, column in enumerate(columns):
        table.add_column(column, no_wrap=index == 0)
    return table
