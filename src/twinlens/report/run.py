"""A run of many pairs as one self-contained HTML page: what it comes to, plots, and a table of pairs to open.

Photos are linked relative to the page, or put inside at a chosen size. The rows travel as JSON: one block
for the table, and a line a pair, which is read when that pair is opened, so the page stays quick with many.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from twinlens.core.contracts import line
from twinlens.core.run_records import Row
from twinlens.core.version import __version__
from twinlens.report import gains, pairs, ratings, summary
from twinlens.report.links import Links
from twinlens.report.ranking import order
from twinlens.report.template import VIEWER_SCRIPTS, VIEWER_STYLES, rendered
from twinlens.scoring.controls import CONTROLS
from twinlens.scoring.labels import read_labels
from twinlens.scoring.rater_scores import stored_ratings
from twinlens.scoring.score import ScoreRequest, score_run
from twinlens.scoring.source_photos import folders

if TYPE_CHECKING:
    from twinlens.runs.store import RunFolder

_ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}
"""No text of a row can end the element that holds it."""


def run_page(run: RunFolder, page: Path, embed: int | None = None, labels: Path | None = None) -> str:
    """The HTML page of a run, to be written to `page`; the same to the byte for the same run.

    `embed` is the greatest side, in pixels, of photos that are put into the page; None links them, relative
    to it. `labels` is a file of labels that goes before those of the rows. BadInput where there is no run.
    """
    symmetric = run.run.judge.symmetric
    rows = [row for _, row in run.rows()]
    record = score_run(run, ScoreRequest(labels, summary.columns_to_plot(rows)), __version__).record
    of_file = read_labels(labels) if labels is not None else None
    rows = pairs.ordered(pairs.labelled(rows, of_file))
    raters, unfit = stored_ratings(run, of_file)
    versions = list(summary.win_rates(record.scores))
    ranked = order(run, len(versions))
    best_first = sorted(versions, key=ranked.rank)
    balances = sorted(gains.balances(rows), key=lambda made: ranked.rank(made.a, made.b))
    links = Links(folders(run), page.parent, embed)
    failed = summary.failures(rows)
    table = [pairs.short(row, raters) for row in rows]
    cells = [list(row.values()) for row in table]
    details = [_json(pairs.long(row, links, raters)) for row in rows]
    costs = [ratings.cost(list(run.calls())), *(ratings.cost(one.calls, "Raters were") for one in raters)]
    notes = [
        *summary.warnings(record, failed, symmetric, bool(ranked.versions)),
        *((note, True) for note in (*ratings.notes(raters, unfit), *links.notes, ranked.why) if note),
        *((note, False) for note in summary.left_out(len(versions), len(balances))),
    ]
    controls = [(f"Control: {CONTROLS[name]}", made) for name, made in sorted(record.controls.items())]
    of_raters = [(title, {"rating": score}) for _, title, score in ratings.table(raters)]
    return rendered(
        "run.html.j2", (*VIEWER_STYLES, "run.css"), (*VIEWER_SCRIPTS, "run.js"),
        record=record,
        title=run.folder.absolute().name,
        headline=summary.headline(record, ranked.leaders),
        tiles=summary.tiles(record.scores, symmetric, best_first[: summary.MOST_VERSIONS]),
        costs=filter(None, costs),
        linked=embed is None,
        failed=[(summary.FAILURES[kind], many) for kind, many in failed],
        kinds=[(kind, summary.FAILURES[kind]) for kind, _ in failed],
        notes=notes,
        classes=[*_hidden(rows, symmetric, bool(raters)), *(["versioned"] if versions else [])],
        groups=summary.groups(record, best_first if ranked.versions else versions[::-1]),
        balances=balances[: summary.MOST_BALANCES],
        ranked=ranked,
        raters=raters,
        rated=ratings,
        reliability=summary.reliability(record),
        all_scores=[("", record.scores), *controls, *of_raters],
        counted=summary.counted,
        share=summary.share,
        spread=summary.spread,
        table=Markup(_json({"columns": list(table[0]), "failures": summary.FAILURES, "rows": cells})),
        details=Markup("\n".join(details)),
        photos=Markup("\n".join(links.embedded)),
    )  # fmt: skip


def _hidden(rows: list[Row], symmetric: bool, are_rated: bool) -> list[str]:
    """What the table has no columns for, since they would say nothing."""
    hidden = {
        "unlabelled": not any(row.label for row in rows),
        "alike": len({row.kind for row in rows}) < 2,
        "symmetric": symmetric,
        "unrated": not are_rated,
    }
    return [name for name, so in hidden.items() if so]


def _json(value: Any) -> str:
    """JSON that may stand inside a script element."""
    return line(value).translate(_ESCAPES)
