"""The strengths of versions as a picture of its own: SVG, drawn by us, for a page, a paper or a slide."""

from __future__ import annotations

from twinlens.core.plain_text import plain
from twinlens.core.score_records import RankingRecord
from twinlens.report.plot_axis import Axis
from twinlens.report.template import environment, middle

MOST = 80
"""Versions that a panel draws, the best first."""
WIDE, NAME, COUNTS = 760, 226, 130
"""The picture, the versions' names and their counts, in pixels across."""


def ranking_plot(record: RankingRecord) -> str:
    """The SVG of a ranking: a panel overall, and one for each group; strengths in log-odds.

    A dot is a strength, a line its 95 % interval; all panels share one axis. One record, one text.
    """
    groups = [
        (f"{column}: {value}", made.versions, made.rows)
        for column, values in (record.by or {}).items()
        for value, made in values.items()
    ]
    panels = [("Overall", record.versions, sum(one.n for one in record.versions) // 2), *groups]
    shown = [
        (middle(plain(title), 60), versions[:MOST], len(versions), rows) for title, versions, rows in panels
    ]
    drawn = [one for _, versions, _, _ in shown for one in versions]
    ends = [end for one in drawn for end in (one.strength, one.low, one.high) if end is not None]
    axis = Axis.over("strength", [0.0, *ends])
    across = WIDE - NAME - COUNTS
    made = environment().get_template("ranking.svg.j2")
    return made.render(
        panels=[
            (*panel[:1], [(middle(plain(one.version), 26), one) for one in panel[1]], *panel[2:])
            for panel in shown
        ],
        ticks=axis.ticks,
        x=lambda strength: f"{NAME + across * axis.at(strength):.1f}",
        right=WIDE - COUNTS,
        wide=WIDE,
        name=NAME,
        who=middle(plain(record.run.judge or record.run.folder), 70),
        signature=middle(plain(record.signature), 140),
    )
