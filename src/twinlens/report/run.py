"""A run of many pairs as one self-contained HTML page: what it comes to, plots, and a table of pairs to open.

Photos are linked relative to the page, or put inside at a chosen size. The rows travel as JSON: one block
for the table, and a line a pair, which is read when that pair is opened, so the page stays quick with many.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from markupsafe import Markup

from twinlens.core.contracts import clean
from twinlens.core.errors import BadInput
from twinlens.core.version import __version__
from twinlens.report import gains, pairs, ratings, summary
from twinlens.report.links import Links
from twinlens.report.ranking import order
from twinlens.report.template import asset, csp_hash, environment
from twinlens.scoring.labels import read_labels
from twinlens.scoring.model_usage import calls_of, usage_of
from twinlens.scoring.rater_scores import StoredRatings, stored_ratings
from twinlens.scoring.rows import judge_of, read_run
from twinlens.scoring.score import ScoreRequest, score_run

_ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}
"""No text of a row can end the element that holds it."""


def run_page(folder: Path, page: Path, embed: int | None = None, labels: Path | None = None) -> str:
    """The HTML page of the run in a folder, to be written to `page`; the same to the byte for the same run.

    `embed` is the greatest side, in pixels, of photos that are put into the page; None links them, relative
    to it. `labels` is a file of labels that goes before those of the rows. BadInput where there is no run.
    """
    run = read_run(folder)
    symmetric = judge_of(run)[1]
    rows = pairs.read(folder)
    record = score_run(folder, ScoreRequest(labels, summary.columns_to_plot(rows)), __version__).record
    told = read_labels(labels) if labels is not None else None
    rows = pairs.ordered(pairs.labelled(rows, told))
    raters, unfit = stored_ratings(folder, told)
    versions = list(summary.win_rates(record["scores"]))
    ranked = order(folder, len(versions))
    balances = ranked.best_pairs_first(gains.balances(rows))
    links = Links(_folders(run, folder), page.parent, embed)
    table, details = _blocks(rows, links, raters, folder)
    failed = summary.failures(rows)
    notes = [
        *summary.warnings(record, failed, symmetric, bool(ranked.versions)),
        *((note, True) for note in (*ratings.notes(raters, unfit), *links.notes)),
        *((note, True) for note in filter(None, [ranked.why])),
        *((note, False) for note in summary.left_out(len(versions), len(balances))),
    ]
    style, script = asset("page.css", "run.css"), asset("viewer.js", "run.js")
    return environment().get_template("run.html.j2").render(
        record=record,
        title=folder.absolute().name,
        headline=summary.headline(record, ranked.leaders),
        tiles=list(summary.tiles(record, symmetric, ranked.best_first(versions)[: summary.MOST_VERSIONS])),
        costs=_costs(folder, raters),
        linked=embed is None,
        rows=record["run"]["rows"],
        failed=[(summary.FAILURES.get(kind, kind), many) for kind, many in failed],
        kinds=[(kind, summary.FAILURES.get(kind, kind)) for kind, _ in failed],
        notes=notes,
        classes=[*_hidden(rows, symmetric, bool(raters)), *(["versioned"] if versions else [])],
        groups=summary.groups(record, ranked.best_first(versions) if ranked.versions else versions[::-1]),
        balances=balances[: summary.MOST_BALANCES],
        ranked=ranked,
        raters=raters,
        rated=ratings,
        reliability=summary.reliability(record),
        counted=summary.counted,
        share=summary.share,
        spread=summary.spread,
        table=table,
        details=details,
        photos=Markup("\n".join(links.embedded)),
        style=Markup(style),
        script=Markup(script),
        style_hash=csp_hash(style),
        script_hash=csp_hash(script),
    )  # fmt: skip


def _costs(folder: Path, raters: list[StoredRatings]) -> list[str]:
    """What calls to models cost, of the judge and of each rater, in a sentence each."""
    judging = ratings.cost(usage_of(calls_of(folder)))
    return [text for text in (judging, *(ratings.cost(one.usage, "Raters were") for one in raters)) if text]


def _hidden(rows: list[pairs.Row], symmetric: bool, are_rated: bool) -> list[str]:
    """What the table has no columns for, since it would tell nothing."""
    told = {
        "unlabelled": not any(row.get("label") for row in rows),
        "alike": len({row.get("kind") for row in rows}) < 2,
        "symmetric": symmetric,
        "unrated": not are_rated,
    }
    return [name for name, so in told.items() if so]


def _folders(run: dict[str, Any], folder: Path) -> tuple[Path, ...]:
    """Where relative names of photos are looked for: where the run began, here, in and beside its folder."""
    origin = (run.get("origin") or {}).get("folder")
    return (*((Path(origin),) if isinstance(origin, str) else ()), Path(), folder, folder.parent)


def _blocks(
    rows: list[pairs.Row], links: Links, raters: list[StoredRatings], folder: Path
) -> tuple[Markup, Markup]:
    """The rows of the table as one JSON object, and what opens as a JSON object a line."""
    table, details = [], []
    for row in rows:
        try:
            table.append(pairs.short(row, raters))
            details.append(_json(pairs.long(row, links, raters)))
        except (ArithmeticError, AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise BadInput(
                f"{str(folder / 'rows.jsonl')!r}: the row {row.get('id')!r} holds {error!r}; "
                "expected a row that `twinlens run` wrote"
            ) from None
    return Markup(_json({"columns": pairs.COLUMNS, "failures": summary.FAILURES, "rows": table})), Markup(
        "\n".join(details)
    )


def _json(value: object) -> str:
    """JSON that may stand inside a script element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return clean(text).translate(_ESCAPES)
