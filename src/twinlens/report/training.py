"""A training on one page: scores before and after, curves, what was written of the same pairs, settings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from twinlens.core.score_records import ScoreDifference, ScoreRecord, ScoresRecord
from twinlens.core.types import Choice
from twinlens.report.plot_axis import Axis
from twinlens.report.tables import Table
from twinlens.report.template import content_hash, environment, rendered

SCORES = (
    "accuracy", "swap_consistency", "calibration_error", "claim_f1", "supported", "contradicted",
    "self_contradiction", "distinct_rationales",
)  # fmt: skip
"""Scores that are shown; the JSON beside the page has all."""
PANEL, TALL = 380, 190
"""A curve's panel in pixels."""
Curve = tuple[str, Sequence[tuple[int, float]]]
"""The name of a metric; steps and values."""


@dataclass(frozen=True)
class Sample:
    """What was written of a pair before and after: photos as data URIs, one order’s texts, both’s choices."""

    id: str
    label: Choice
    a: Markup
    b: Markup
    before: str
    after: str
    before_choice: str
    after_choice: str


def training_page(
    title: str, lead: str, spec: str, scores: Table | None, notes: Sequence[str], curves: Iterable[Curve],
    samples: Sequence[Sample], facts: Sequence[tuple[str, str]],
) -> str:  # fmt: skip
    """The page, self-contained; `spec` says how the result is used, `facts` are its settings."""
    drawn = curves_plot(curves)
    style = drawn.partition("<style>")[2].partition("</style>")[0]
    return rendered(
        "training.html.j2", ("page.css", "training.css"), (), title=title, lead=lead, spec=spec,
        scores=scores, notes=notes, curves=Markup(drawn), curves_hash=content_hash(style),
        samples=samples, facts=facts,
    )  # fmt: skip


def curves_plot(curves: Iterable[Curve]) -> str:
    """Metrics of a training by step, a panel each, as SVG."""
    panels = []
    for name, points in curves:
        axis = Axis.over(name, [value for _, value in points])
        last = points[-1][0]
        across = [62 + (PANEL - 78) * (step - 1) / max(1, last - 1) for step, _ in points]
        placed = [f"{x:.1f},{150 - 114 * axis.at(y):.1f}" for x, (_, y) in zip(across, points, strict=True)]
        panels.append((name.replace("_", " "), axis, placed, last))
    return environment().get_template("curves.svg.j2").render(curves=panels)


def before_and_after(record: ScoresRecord) -> Table:
    """The scores of two runs of the same pairs with their intervals, and their difference in words."""
    first, second, difference = record.scores, record.against, record.difference
    if not (second and difference):
        raise ValueError("found the scores of one run; expected those of two, with their difference")
    rows = []
    for name in (name for name in SCORES if name in difference.scores):
        made = difference.scores[name]
        spreads = (_spread(first[name]), _spread(second.scores[name]), _spread(made, "+"))
        rows.append([name.replace("_", " "), *spreads, made.words.replace("the second", "after")])
    return Table(("score", "before", "after", "difference, 95 %", ""), rows, "lrrrl")


def _spread(made: ScoreRecord | ScoreDifference, sign: str = "") -> str:
    """A score and its interval, in two decimals."""
    value, *ends = (None if one is None else f"{one:{sign}.2f}" for one in (made.value, made.low, made.high))
    return "–" if value is None else f"{value} [{ends[0]}, {ends[1]}]" if ends[0] else value
