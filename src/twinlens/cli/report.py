"""`twinlens report`: a run as one page for the browser."""

from pathlib import Path
from typing import Annotated

import typer

from twinlens.cli.run import progress
from twinlens.cli.score import Folder, Labels
from twinlens.cli.terminal import plain
from twinlens.core.errors import BadInput
from twinlens.core.outputs import PAGE, check_file

Out = Annotated[
    Path | None,
    typer.Option("--out", "-o", metavar="FILE.html", help="Where the page goes; by default DIR/report.html."),
]
Thumbnails = Annotated[
    bool,
    typer.Option("--thumbnails", help="Make thumbnails of more than 10,000 photos, too; it takes its time."),
]
Pairs = Annotated[
    str,
    typer.Option(
        metavar="disagreements|all|N", help="Which pairs are shown; N: so many, as the page sorts them."
    ),
]
Embed = Annotated[
    int | None,
    typer.Option(
        min=1, metavar="PIXELS", help="Put the photos into the page, this many pixels on the long side."
    ),
]


def report(
    folder: Folder,
    out: Out = None,
    embed: Embed = None,
    labels: Labels = None,
    thumbnails: Thumbnails = False,
    pairs: Pairs = "all",
) -> int:
    """Write a run as one page: contact sheet, versions, scores."""
    from twinlens.report.run import PageRequest, run_page
    from twinlens.runs.store import RunFolder

    file = folder / "report.html" if out is None else out
    run = RunFolder(folder)
    check_file(file, "--out", PAGE, (labels,))
    text = run_page(run, file, PageRequest(embed, labels, thumbnails, pairs, progress=progress))
    try:
        file.write_text(text, "utf-8", newline="\n")
    except OSError as error:
        raise BadInput(f"--out {str(file)!r}: cannot be written: {error.strerror}") from error
    print(f"report: {plain(str(file))}")
    return 0
