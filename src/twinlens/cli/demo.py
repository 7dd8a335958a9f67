"""`twinlens demo`: a few pairs of photos, judged before your eyes."""

from pathlib import Path
from typing import Annotated

from twinlens.cli.options import option
from twinlens.cli.terminal import complain, console, plain, words
from twinlens.core.errors import BadInput
from twinlens.core.outputs import check_folder

Out = Annotated[Path, option("DIR", "The folder for the photos and the reports.")]


def demo(out: Out = Path("demo")) -> int:
    """Write a few pairs of photos, judge them and report on each."""
    from twinlens.cli.verdict import show_verdict
    from twinlens.core.types import Failure
    from twinlens.distortions.demo import PAIRS, write_pairs
    from twinlens.report.page import page
    from twinlens.runs.compare import compare

    ours = {f"{pair[0]}{end}" for pair in PAIRS for end in ("_a.png", "_b.png", ".html")}
    check_folder(out, "--out", ours=ours)
    try:
        out.mkdir(parents=True, exist_ok=True)
        pairs = write_pairs(out)
    except OSError as error:
        raise BadInput(f"--out {str(out)!r}: {error.strerror}; expected a folder to write to") from error
    target, failed = console(), 0
    for name, a, b in pairs:
        target.rule(words(name, "bold"), style="dim")
        outcome = compare(str(a), str(b))
        if isinstance(outcome, Failure):
            complain(f"{name}: no verdict ({outcome.kind}): {outcome.detail}")
            failed += 1
            continue
        show_verdict(outcome, target)
        file = out / f"{name}.html"
        file.write_text(page(outcome), "utf-8")
        print(f"report: {plain(str(file))}\n")
    return 1 if failed else 0
