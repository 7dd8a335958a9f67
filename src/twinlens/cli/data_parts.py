"""`twinlens data split` and `swap`: the same pairs in parts, or with their photos exchanged."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from twinlens.cli.options import Images, Pairs, Reference, option
from twinlens.cli.run import progress, refuse
from twinlens.cli.terminal import console, grid, plain, words

if TYPE_CHECKING:
    from twinlens.train.split import Part

Folder = Annotated[Path, option("DIR", "A folder for train, test and further parts.", "--out", "-o")]
File = Annotated[Path, option("FILE", "Where the pairs go: .csv, of a RAIM file .jsonl.", "--out", "-o")]
Share = Annotated[
    list[float] | None,
    typer.Option(metavar="SHARE", help="To test with, by default 0.1; again: to validate with."),
]
By = Annotated[str, option("COLUMN", "The column that --leave-out means.")]
LeaveOut = Annotated[
    list[str] | None, option("VALUE", "Pairs that go to a file of their own; may be repeated.")
]


def split(
    pairs: Pairs,
    out: Folder,
    share: Share = None,
    by: By = "processing",
    leave_out: LeaveOut = None,
    images: Images = None,
    reference: Reference = None,
) -> int:
    """Part pairs by scene, to learn from and to test with; a scene's name alone decides where it goes."""
    from twinlens.readers import BadRows, open_pairs
    from twinlens.train import split as parts

    try:
        rows = open_pairs(pairs, images, reference)
    except BadRows as error:
        return refuse(pairs, error)
    where = None if images is None else str(images)
    with progress(len(rows)) as on_progress:
        made = parts.split(rows, out, share or [0.1], by, leave_out or [], where, on_progress)
    _show(made)
    return 0


def swap(pairs: Pairs, out: File, images: Images = None, reference: Reference = None) -> int:
    """Exchange the photos of pairs, with their labels, answers and reasons; twice gives them back."""
    from twinlens.readers import BadRows, open_pairs
    from twinlens.train.exchange import exchange

    try:
        rows = open_pairs(pairs, images, reference)
    except BadRows as error:
        return refuse(pairs, error)
    with progress(len(rows)) as on_progress:
        exchange(rows, out, on_progress)
    print(plain(f"{len(rows):,} pairs in {out}, their photos exchanged"))
    return 0


def _show(parts: list[Part]) -> None:
    target = console()
    target.print(
        words(f"{sum(one.pairs for one in parts):,} pairs in {parts[0].file.parent}"), soft_wrap=True
    )
    rows = [
        (
            one.file.name,
            f"{one.pairs:,}",
            f"{one.scenes:,}",
            *(f"{one.labels.get(k, 0):,}" for k in ("a", "b")),
        )
        for one in parts
    ]
    target.print(grid(("", "pairs", "scenes", "a", "b"), rows))
    for one in parts:
        if one.shared:
            places = f"{one.file.name} also stand in {parts[0].file.name}, with other pairs"
            note = f"{one.shared:,} scenes of {places}"
            target.print(words(f"· {note}"))
