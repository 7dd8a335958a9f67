"""`twinlens compare`: one pair, one verdict."""

from __future__ import annotations

import os
import shlex
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from twinlens.cli.options import AbstainBelow, Force, Judge, MaxCalls, MaxTokens, argument, flag, option
from twinlens.cli.terminal import apart, complain, console, emit, plain, say_what_leaves
from twinlens.core.catalog import DEFAULT_JUDGE
from twinlens.core.errors import BadInput, BadPhoto, BudgetSpent
from twinlens.core.outputs import PAGE, check_file

if TYPE_CHECKING:
    from twinlens.core.types import Failure, Verdict

First = Annotated[str, argument("A", "A photo; with --side-by-side, both in one.")]
Second = Annotated[str | None, argument("B", "The other photo of the scene.")]
Json = Annotated[bool, flag("--json", "Print one JSON object, a verdict or failure.")]
Numbers = Annotated[bool, flag("--numbers", "Show also what was measured, in units and JNDs.")]
Report = Annotated[Path | None, option("FILE.html", "Write a page for the browser, self-contained.")]
SideBySide = Annotated[bool, flag("--side-by-side", "A is one picture, a on its left half, b on its right.")]
AllowTie = Annotated[bool, flag("--allow-tie", "Allow the answer that neither is better.")]
Original = Annotated[str | None, option("FILE", "Of restorations, the original: say which is nearer to it.")]
MaxPixels = Annotated[int | None, option("N", "Refuse photos of more pixels.", least=1)]


def compare_photos(
    a: First,
    b: Second = None,
    judge: Judge = DEFAULT_JUDGE,
    json: Json = False,
    numbers: Numbers = False,
    report: Report = None,
    side_by_side: SideBySide = False,
    allow_tie: AllowTie = False,
    force: Force = False,
    original: Original = None,
    abstain_below: AbstainBelow = None,
    max_pixels: MaxPixels = None,
    max_calls: MaxCalls = None,
    max_tokens: MaxTokens = None,
) -> int:
    """Say which of two photos of one scene is better, and why."""
    from twinlens.core.contracts import outcome_record, sound
    from twinlens.core.types import Failure
    from twinlens.core.version import __version__
    from twinlens.judges.budget import allow

    _check(a, b, side_by_side, report)
    say_what_leaves(judge)
    with allow(max_calls, max_tokens):
        how = {"judge": judge, "allow_tie": allow_tie, "force": force}
        outcome = sound(_outcome(a, b, original, how, max_pixels))
    if json:
        emit(outcome_record(outcome, __version__))
    if isinstance(outcome, Failure):
        of_photo = outcome.kind == "bad-photo"
        complain(outcome.detail if of_photo else f"no verdict ({outcome.kind}): {outcome.detail}")
        return 2 if of_photo else 1
    if report is not None:
        _write(outcome, report)
    if not json:
        _show(outcome, report, numbers)
    if abstain_below is not None and outcome.confidence < abstain_below:
        complain(f"abstained: the confidence, {outcome.confidence:.2f}, is below {abstain_below:g}")
        return 1
    return 0


def _check(a: str, b: str | None, side_by_side: bool, report: Path | None) -> None:
    """BadInput where what is given does not go together."""
    both = "one picture that holds both"
    if side_by_side and b is not None:
        raise BadInput(f"--side-by-side: found two files, {a!r} and {b!r}; expected {both}")
    if not side_by_side and b is None:
        raise BadInput(f"found one photo, {a!r}; expected two, or --side-by-side for {both}")
    if b is not None and Path(a).is_dir() and Path(b).is_dir():
        raise BadInput(_folders(Path(a), Path(b)))
    if report is not None:
        check_file(report, "--report", PAGE, (a, b))


def _show(verdict: Verdict, report: Path | None, numbers: bool) -> None:
    from twinlens.cli.verdict import show_verdict

    show_verdict(verdict, console(), numbers)
    if report is not None:
        print(f"\nreport: {plain(str(report))}")


def _folders(a: Path, b: Path) -> str:
    """What to say to who gives two folders: the command that takes folders."""
    what = f"found two folders, {str(a)!r} and {str(b)!r}; expected two photos"
    parent = Path(os.path.abspath(a)).parent
    if Path(os.path.abspath(b)).parent != parent:
        return f"{what}; move both into one folder, which `twinlens run FOLDER --out run` takes"
    others = {one.name for one in parent.iterdir() if one.is_dir()} - {a.name, b.name}
    reference = ["--reference", a.name] if others else []
    command = shlex.join(["twinlens", "run", os.path.relpath(parent), *reference, "--out", "run"])
    return f"{what}; equally named photos of folders are compared by `{command}`"


def _write(verdict: Verdict, file: Path) -> None:
    from twinlens.report.page import page

    try:
        file.write_text(page(verdict), "utf-8")
    except OSError as error:
        raise BadInput(f"--report {str(file)!r}: cannot be written: {error.strerror}") from error


def _outcome(
    a: str, b: str | None, original: str | None, how: dict[str, Any], pixels: int | None
) -> Verdict | Failure:
    from twinlens.core.types import Failure
    from twinlens.imaging.open import Limits, open_photo, open_side_by_side
    from twinlens.runs.compare import compare, compare_pair

    limits = None if pixels is None else replace(Limits.from_environment(), pixels=pixels)
    try:
        with apart():
            if b is None:
                reference = None if original is None else open_photo(original, limits)
                return compare_pair(open_side_by_side(a, limits=limits), original=reference, **how)
            return compare(a, b, original=original, limits=limits, **how)
    except BadPhoto as error:
        return Failure("bad-photo", str(error), judge=how["judge"])
    except BudgetSpent as error:
        return Failure("broken", str(error), judge=how["judge"])
