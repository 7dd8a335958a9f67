"""`twinlens train answer`: a preference network learned from one's own pairs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from twinlens.cli.options import Images, Pairs, Reference, flag, option
from twinlens.cli.run import progress, refuse
from twinlens.cli.score import Labels, grid
from twinlens.cli.terminal import complain, console, emit, words
from twinlens.cli.train import SHOWN, By, NoCache
from twinlens.core.errors import BadInput

Record = dict[str, Any]
Out = Annotated[Path, option("DIR", "The folder for the network; judge by it with answer(checkpoint=…).")]
Photos = Annotated[Path | None, option("DIR", "Photographs to learn from by damaging and restoring them.")]
Backbone = Annotated[str, option("NAME|FILE", "A name of timm, a .pth of EfficientNet-Lite0, or an .onnx.")]
Folds = Annotated[int, option("N", "Parts that the scenes are dealt into, to try what was learned.", least=2)]
FromScratch = Annotated[
    bool, flag("--from-scratch", "Learn from these pairs alone, not from the shipped heads.")
]
Json = Annotated[bool, flag("--json", "Print the card of the network.")]


def answer(
    pairs: Pairs,
    out: Out,
    labels: Labels = None,
    by: By = None,
    photos: Photos = None,
    backbone: Backbone = "",
    folds: Folds = 5,
    from_scratch: FromScratch = False,
    images: Images = None,
    reference: Reference = None,
    no_cache: NoCache = False,
    json: Json = False,
) -> int:
    """Learn a preference network from what people said of your pairs."""
    from twinlens.readers import BadRows, open_pairs
    from twinlens.train.answer import train
    from twinlens.train.refit import labelled_rows

    if out.exists() and (not out.is_dir() or (any(out.iterdir()) and not (out / "backbone.onnx").exists())):
        raise BadInput(f"--out {str(out)!r}: something else is there; expected a new folder, or a network")
    try:
        rows = open_pairs(pairs, images, reference)
    except BadRows as error:
        return refuse(pairs, error)
    with progress(len(rows)) as on_progress:
        judged, _, known, problems = labelled_rows(rows, labels, by, not no_cache, on_progress)
    card, _, _ = train(
        judged, known, out, _progress(), photos=photos, name=backbone, parts=folds, fresh=from_scratch
    )
    for problem in problems[:SHOWN]:
        complain(str(problem))
    if json:
        emit(card)
    else:
        _show(card, out)
    return 1 if problems else 0


def _progress() -> Callable[[str, int, int], None]:
    """Shows on standard error how far it is."""

    def show(what: str, done: int, of: int) -> None:
        if done == of or done % 100 == 0:
            complain(f"{what}: {done:,} of {of:,}")

    return show


def _show(card: Record, out: Path) -> None:
    """The output for people."""
    target, made = console(), card["made"]
    target.print(words(f"{made['pairs']:,} pairs of {made['scenes']:,} scenes", "bold"))
    table = grid("left out", "network", "measured", "gain")
    for name, scores in card["scores"].items():
        table.add_row(name, *(_interval(scores[key]) for key in ("answer", "measured", "gain")))
    target.print(table)
    for name, scores in card["scores"].items():
        gain = scores["gain"]
        apart = (
            "better than"
            if gain["low"] > 0
            else "worse than"
            if gain["high"] < 0
            else "not distinguishable from"
        )
        target.print(words(f"on {name}, by these {gain['n']:,} pairs: {apart} measured fitted to them"))
    target.print("Accuracy; each pair was judged by heads fitted without it; 95 %, bootstrap over scenes.")
    target.print(
        words(f"written: {out}; judge by it with --judge 'expert(checkpoint=\"{out}\")'"), soft_wrap=True
    )


def _interval(score: Record) -> str:
    return f"{score['value']:.2f} [{score['low']:.2f}, {score['high']:.2f}]"
