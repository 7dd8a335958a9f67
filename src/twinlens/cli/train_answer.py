"""`twinlens train answer`: a preference network learned from one's own pairs."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

from twinlens.cli.options import Images, Pairs, Reference, flag, option
from twinlens.cli.run import progress, refuse
from twinlens.cli.score import Labels
from twinlens.cli.terminal import complain, console, emit, grid, words
from twinlens.cli.train import SHOWN, By, NoCache
from twinlens.core.errors import BadInput, MissingExtra
from twinlens.core.outputs import check_folder

Record = dict[str, Any]
EVERY = 5.0
"""Seconds between lines that say how far it is."""
Out = Annotated[Path, option("DIR", "The folder for the network; judge by it with answer(checkpoint=…).")]
Photos = Annotated[Path | None, option("DIR", "Photographs to learn from by damaging and restoring them.")]
Backbone = Annotated[str, option("NAME|FILE", "A name of timm, a .pth of EfficientNet-Lite0, or an .onnx.")]
Folds = Annotated[int, option("N", "Parts that the scenes are dealt into, to try what was learned.", least=2)]
Epochs = Annotated[
    int, option("N", "Also fine-tune the backbone, N times over the pairs; 0 leaves it frozen.", least=0)
]
Device = Annotated[str, option("cpu|cuda", "Where the backbone is fine-tuned.")]
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
    epochs: Epochs = 0,
    device: Device = "cpu",
    from_scratch: FromScratch = False,
    images: Images = None,
    reference: Reference = None,
    no_cache: NoCache = False,
    json: Json = False,
) -> int:
    """Learn a preference network from what people said of your pairs."""
    from twinlens.readers import BadRows, open_pairs
    from twinlens.train.answer import TUNING, train
    from twinlens.train.refit import labelled_rows

    check_folder(out, "--out", "backbone.onnx", (TUNING,))
    _checked(device, epochs, backbone)
    try:
        rows = open_pairs(pairs, images, reference)
    except BadRows as error:
        return refuse(pairs, error)
    with progress(len(rows)) as on_progress:
        judged, _, known, problems = labelled_rows(rows, labels, by, not no_cache, on_progress)
    card, _, _ = train(
        judged, known, out, _progress(), photos=photos, name=backbone, parts=folds, fresh=from_scratch,
        epochs=epochs, device=device, command=_command(by, photos, folds, epochs, device, from_scratch),
    )  # fmt: skip
    for problem in problems[:SHOWN]:
        complain(str(problem))
    if json:
        emit(card)
    else:
        _show(card, out)
    return 1 if problems else 0


def _checked(device: str, epochs: int, backbone: str) -> None:
    """Refuse what cannot be fine-tuned, or not here, before photos are opened."""
    if not epochs:
        if device != "cpu":
            where = "a frozen backbone runs on the processor"
            raise BadInput(f"--device {device!r}: {where}; expected --epochs N with it")
        return
    try:
        from twinlens.train.finetune import checked_device
    except ImportError as error:
        raise MissingExtra("--epochs", "train") from error
    checked_device(device)
    if Path(backbone).suffix == ".onnx":
        expected = "expected a name of timm or .pth"
        raise BadInput(f"--backbone {backbone!r}: an ONNX file cannot be fine-tuned; {expected}")


def _command(
    by: str | None, photos: Path | None, folds: int, epochs: int, device: str, from_scratch: bool
) -> str:
    """The command without the names of files, as the card and the predictions record it."""
    options = [f"--by {by}"] * bool(by) + ["--photos DIR"] * (photos is not None) + [f"--folds {folds}"]
    options += [f"--epochs {epochs} --device {device}"] * (epochs > 0) + ["--from-scratch"] * from_scratch
    return " ".join(["twinlens train answer PAIRS --out DIR", *options])


def _progress() -> Callable[[str, int, int], None]:
    """Shows on standard error how far it is, every few seconds and at the end."""
    shown = 0.0

    def show(what: str, done: int, of: int) -> None:
        nonlocal shown
        if done == of or time.monotonic() - shown > EVERY:
            shown = time.monotonic()
            complain(f"{what}: {done:,} of {of:,}")

    return show


def _show(card: Record, out: Path) -> None:
    """The output for people."""
    from twinlens.scoring.compare_runs import in_words

    target, made = console(), card["made"]
    target.print(words(f"{made['pairs']:,} pairs of {made['scenes']:,} scenes", "bold"))
    rows = [
        [name.removeprefix("other "), *(_interval(scores[key]) for key in ("answer", "measured", "gain"))]
        for name, scores in card["scores"].items()
    ]  # 80 columns hold it
    target.print(grid(("left out", "network", "measured", "gain"), rows))
    for name, scores in card["scores"].items():
        gain = scores["gain"]
        apart = in_words(gain["low"], gain["high"], "worse than measured", "better than measured")
        target.print(words(f"on {name}, {gain['n']:,} pairs, beside measured fitted to them: {apart}"))
    what = "heads" if "fine_tuned" not in made else "a backbone tuned and heads"
    target.print(f"Accuracy; each pair was judged by {what} fitted without it; 95 %, bootstrap over scenes.")
    target.print(
        words(f"written: {out}; judge by it with --judge 'expert(checkpoint=\"{out}\")'"), soft_wrap=True
    )


def _interval(score: Record) -> str:
    """A mean with its interval, narrow; a dash where so few scenes have none."""
    ends = "–" if score["low"] is None else f"[{score['low']:.2f}, {score['high']:.2f}]"
    return f"{score['value']:.2f} {ends}"
