"""`twinlens train`: judges fitted to one's own pairs."""

from __future__ import annotations

import json as text
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from twinlens.cli.options import Images, Pairs, Reference, flag, option
from twinlens.cli.run import progress, refuse
from twinlens.cli.score import Labels
from twinlens.cli.terminal import complain, console, emit, grid, words
from twinlens.core.errors import BadInput
from twinlens.core.outputs import WEIGHTS, check_file

if TYPE_CHECKING:
    from rich.console import Console

Record = dict[str, Any]
SHOWN = 5
"""Pairs that could not be measured, and weights that changed, shown one by one."""
Out = Annotated[Path, option("WEIGHTS.json", "Where the weights go.")]
By = Annotated[str | None, option("COLUMN", "A column whose values are sets that weigh alike, such as kind.")]
NoCache = Annotated[bool, flag("--no-cache", "Measure again what was measured before.")]
Json = Annotated[bool, flag("--json", "Print the object twinlens.weights/1 that is written.")]


def measured(
    pairs: Pairs,
    out: Out,
    labels: Labels = None,
    by: By = None,
    images: Images = None,
    reference: Reference = None,
    no_cache: NoCache = False,
    json: Json = False,
) -> int:
    """Fit the weights of the judge measured to what people said of your pairs."""
    from twinlens.core.version import __version__
    from twinlens.judgement.preference import weights
    from twinlens.readers import BadRows, open_pairs
    from twinlens.train.refit import refit

    check_file(out, "--out", WEIGHTS, (pairs, labels))
    try:
        rows = open_pairs(pairs, images, reference)
    except BadRows as error:
        return refuse(pairs, error)
    with progress(len(rows)) as on_progress:
        fitted = refit(rows, __version__, labels=labels, by=by, cache=not no_cache, progress=on_progress)
    _write(out, fitted.record)
    for problem in fitted.problems[:SHOWN]:
        complain(str(problem))
    if len(fitted.problems) > SHOWN:
        complain(f"and {len(fitted.problems) - SHOWN:,} more")
    if json:
        emit(fitted.record)
    else:
        _show(fitted.record, out, weights(), console())
    return 1 if fitted.problems else 0


def _write(out: Path, record: Record) -> None:
    draft = out.with_name(f"{out.name}.new")
    try:
        draft.write_text(text.dumps(record, indent=2, ensure_ascii=False) + "\n", "utf-8", newline="\n")
        os.replace(draft, out)
    except OSError as error:
        raise BadInput(f"--out {str(out)!r}: cannot be written: {error.strerror}") from error


def _show(record: Record, out: Path, shipped: Record, target: Console) -> None:
    """The output for people."""
    made, scores = record["made"], record["scores"]
    target.print(words(f"{made['pairs']:,} pairs of {made['scenes']:,} scenes", "bold"))
    names = {"unlabelled": "without a label", "ties": "that people call alike", "failed": "not measured"}
    counts = ", ".join(f"{made['left_out'][key]:,} {name}" for key, name in names.items())
    target.print(words(f"left out: {counts}", "dim"))
    target.print()
    rows = [
        [name, *(_interval(scores[side][name]) for side in ("new", "shipped"))]
        for name in scores["difference"]
    ]
    target.print(grid(("", "new weights", "shipped weights"), rows))
    for name, apart in scores["difference"].items():
        size = f"{_interval(apart, '+')} ({apart['n']:,} pairs)"
        target.print(words(f"{name}: {size}: {apart['words']}"))
    target.print("Each pair was judged by weights fitted without its scene; 95 %, bootstrap over scenes.")
    for note in record["notes"]:
        target.print(words(f"· {note}"))
    target.print()
    target.print(words(_changed(record["weights"], shipped)))
    spec = f"measured(weights={text.dumps(str(out), ensure_ascii=False)})"
    target.print(words(f"written: {out}; judge by it with --judge '{spec}'"), soft_wrap=True)


def _interval(score: Record, sign: str = "") -> str:
    """A score with its interval as people read it."""
    from twinlens.report.score_tables import number

    value, low, high = (number(score[key], sign) for key in ("value", "low", "high"))
    return f"{value} [{low}, {high}]"


def _changed(new: Record, shipped: Record) -> str:
    """The weights that changed most, each beside the shipped one."""
    sizes = {name: abs(new[name] - shipped[name]) / max(shipped[name], 1.0) for name in new}
    most = sorted((name for name in new if sizes[name] >= 0.1), key=lambda name: -sizes[name])[:SHOWN]
    changes = ", ".join(f"{name} {shipped[name]:.1f} → {new[name]:.1f}" for name in most)
    return f"changed most: {changes}" if changes else "no weight changed by a tenth"
