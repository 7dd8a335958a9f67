"""A run of many pairs as a page: a contact sheet, all versions of a photo in one view, a list, and scores.

Rows are read once and leave as pieces of data: an index of all, which the page sorts and filters, and what an
opened pair shows. So a page of very many pairs is made, and opened, without all of them in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from functools import partial
from math import inf
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from twinlens.core.score_records import ScoresRecord
from twinlens.core.version import __version__
from twinlens.report import ratings, summary
from twinlens.report.gather import FIND, ROWS, Gathered
from twinlens.report.index import Index
from twinlens.report.links import Links
from twinlens.report.pieces import MOST_INSIDE, Pieces
from twinlens.report.ranking import order
from twinlens.report.rows import shown_rows
from twinlens.report.selection import ALL, Selection
from twinlens.report.sheet import SHOTS, SheetPhotos
from twinlens.report.template import VIEWER_SCRIPTS, VIEWER_STYLES, rendered
from twinlens.report.thumbnails import Progress
from twinlens.scoring.controls import CONTROLS
from twinlens.scoring.labels import read_labels
from twinlens.scoring.rater_scores import StoredRatings, stored_ratings
from twinlens.scoring.score import ScoreRequest, score_run
from twinlens.scoring.source_photos import folders

if TYPE_CHECKING:
    from twinlens.runs.store import RunFolder

STYLES = (*VIEWER_STYLES, "run.css", "sheet.css")
SCRIPTS = (
    *VIEWER_SCRIPTS, "data.js", "filters.js", "rolling.js", "export.js", "picks.js", "versions.js", "pair.js",
    "sheet.js", "list.js", "run.js",
)  # fmt: skip


@dataclass(frozen=True)
class PageRequest:
    """How a page is made.

    `embed` is the greatest side, in pixels, of photos that are put into the page; None links them, relative
    to it. `labels` is a file of labels that goes before those of the rows. `many` makes thumbnails of however
    many photos; `pairs` are those shown, as `Selection` has it; `inside` is the most rows whose data stand
    in the page itself.
    """

    embed: int | None = None
    labels: Path | None = None
    many: bool = False
    pairs: str = ALL
    inside: int = MOST_INSIDE
    progress: Progress = field(default=lambda _: nullcontext())


def run_page(run: RunFolder, page: Path, request: PageRequest = PageRequest()) -> str:
    """The HTML page of a run, to be written to `page`; of many rows, data and thumbnails are put beside it.

    The same to the byte for the same run. BadInput where there is no run, and where `FILE_files` beside the
    page holds other things.
    """
    of_file = read_labels(request.labels) if request.labels is not None else None
    pieces = Pieces(page)
    selection = Selection(request.pairs, partial(shown_rows, run, of_file))
    raters, unfit = stored_ratings(run, of_file)
    links = Links(folders(run), pieces, request.embed)
    most = inf if request.embed is not None else request.inside
    with TemporaryFile() as waiting:
        gathered = Gathered(pieces, SheetPhotos(links, waiting), most, raters)
        gathered.read(selection)
        index = gathered.index
        selection.check(index)
        left_out = selection.left_out(len(index))
        short = index.record(selection.shown if left_out else None)
        columns = summary.columns_to_plot(index)
        index.release()
        pieces.add(
            "index", short | {"failures": summary.FAILURES, "rows": ROWS, "find": FIND, "shots": SHOTS}
        )
        del short
        record = score_run(run, ScoreRequest(request.labels, columns), __version__).record
        of_photos = gathered.photos.write(pieces, request.progress, request.many)
    pieces.finish()
    costs = [ratings.cost(list(run.calls())), *(ratings.cost(one.calls, "Raters were") for one in raters)]
    return rendered(
        "run.html.j2", STYLES, SCRIPTS,
        title=run.folder.absolute().name,
        costs=list(filter(None, costs)),
        linked=request.embed is None,
        files=pieces.folder.name if pieces.beside else "",
        notes=[*ratings.notes(raters, unfit), *links.notes, *of_photos],
        left_out=left_out,
        pieces=[(name, Markup(text)) for name, text in pieces.inside.items()],
        classes=list(_hidden(index, run.run.judge.symmetric, bool(raters))),
        **_story(run, gathered, record),
    )  # fmt: skip


def _story(run: RunFolder, gathered: Gathered, record: ScoresRecord) -> dict[str, Any]:
    """What the page says of the scores: first in a sentence, then numbers, warnings and plots."""
    symmetric, raters = run.run.judge.symmetric, gathered.raters
    versions = list(summary.win_rates(record.scores))
    ranked = order(run, len(versions))
    best_first = sorted(versions, key=ranked.rank)
    balances = sorted(gathered.gains.made, key=lambda made: ranked.rank(made.a, made.b))
    failed = summary.failures(gathered.index)
    controls = [(f"Control: {CONTROLS[name]}", made) for name, made in sorted(record.controls.items())]
    return {
        "record": record,
        "headline": summary.headline(record, ranked.leaders),
        "tiles": list(summary.tiles(record.scores, symmetric, best_first[: summary.MOST_VERSIONS])),
        "failed": [(summary.FAILURES[kind], many) for kind, many in failed],
        "kinds": [(kind, summary.FAILURES[kind]) for kind, _ in failed],
        "warnings": [
            *summary.warnings(record, failed, symmetric, bool(ranked.versions)),
            *([(ranked.why, True)] if ranked.why else []),
            *((note, False) for note in summary.left_out(len(versions), len(balances))),
        ],
        "groups": summary.groups(record, best_first if ranked.versions else versions[::-1]),
        "balances": balances[: summary.MOST_BALANCES],
        "ranked": ranked,
        "raters": raters,
        "rated": ratings,
        "reliability": summary.reliability(record),
        "all_scores": [("", record.scores), *controls, *_of_raters(raters)],
        "counted": summary.counted,
        "share": summary.share,
        "spread": summary.spread,
    }


def _of_raters(raters: Sequence[StoredRatings]) -> Iterator[tuple[str, dict[str, Any]]]:
    for _, title, score in ratings.table(raters):
        yield title, {"rating": score}


def _hidden(index: Index, symmetric: bool, are_rated: bool) -> Iterator[str]:
    """What the page has no columns and filters for, since they would say nothing; and if it has versions."""
    words = index.words
    says = {
        "unlabelled": not words["label"].counts,
        "alike": len(words["kind"].counts) < 2,
        "symmetric": symmetric,
        "unrated": not are_rated,
        "versioned": bool(words["version_a"].counts),
    }
    yield from (name for name, so in says.items() if so)
