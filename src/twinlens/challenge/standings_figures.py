"""The plots of standings: final scores in order of rank, and accuracy against the score of the texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from twinlens.challenge.blind import RIGHT, WRONG
from twinlens.challenge.standings import Line, Standings
from twinlens.challenge.standings_tables import METRICS
from twinlens.report.plot_axis import Axis
from twinlens.report.template import environment

MOST_SHOWN = 40
"""Teams that the plot of ranks shows."""
TEXT_METRICS = ("rouge_l", "bleu4")
FILES = {"ranks.svg": "ranks", "accuracy_text.svg": "scatter"}
PAPER = """
text { font: 12px sans-serif; fill: #111; } .quiet { fill: #555; }
.ground { fill: #fff; } .band { fill: #f1f1f1; }
.foot { font-size: 11px; fill: #444; text-anchor: middle; } .foot.start { text-anchor: start; }
.value, .foot.end { text-anchor: end; } .tick { stroke: #ddd; } .whisker { stroke: #777; stroke-width: 2; }
.bar, .point { fill: #222; } .blind { stroke: #b0561c; stroke-dasharray: 5 4; }
.point.control { fill: none; stroke: #b0561c; stroke-width: 2; }
"""


def blind_score(made: Standings) -> float | None:
    """The final score of the image-blind entry, where it has one."""
    return next((line.final.value for line in made.controls if line.final), None)


def ranks(made: Standings) -> tuple[Axis, Sequence[Line], float | None]:
    """What the plot of ranks shows: the axis, the first teams, and the image-blind entry's score."""
    shown, blind = made.ranked[:MOST_SHOWN], blind_score(made)
    finals = [line.final for line in shown if line.final]
    ends = [end for one in finals for end in (one.value, one.low, one.high) if end is not None]
    return Axis.over("final score", [*ends, *([] if blind is None else [blind])]), shown, blind


def scatter(made: Standings) -> tuple[Any, ...] | None:
    """What the plot of accuracy against a text score shows; None where one of them is no metric.

    Both axes, the points (line, x, y), and the text score of the fixed texts by name.
    """
    weights = made.phases[0].weights
    text = next((key for key in TEXT_METRICS if key in weights), None)
    if text is None or "accuracy" not in weights or not made.ranked:
        return None
    lines = [line for line in (*made.ranked, *made.controls) if {"accuracy", text} <= line.metrics.keys()]
    points = [(line, line.metrics["accuracy"], line.metrics[text]) for line in lines]
    fixed = {line.team.name: line.metrics[text] for line in made.controls if text in line.metrics}
    sides = [
        (name.rpartition(", ")[2], fixed[name], name == WRONG) for name in (RIGHT, WRONG) if name in fixed
    ]
    across = Axis.over("accuracy", [x for _, x, _ in points])
    return across, Axis.over(METRICS[text], [*(y for *_, y in points), *fixed.values()]), points, sides


def figures(made: Standings) -> dict[str, str]:
    """The plots as SVG files of their own, on white, by name."""
    arguments = {"ranks": ranks(made) if made.ranked else None, "scatter": scatter(made)}
    template = environment().get_template("standings_figure.svg.j2")
    return {
        name: template.render(which=which, arguments=given, style=PAPER).strip() + "\n"
        for name, which in FILES.items()
        if (given := arguments[which])
    }
