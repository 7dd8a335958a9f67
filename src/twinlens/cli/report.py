"""`twinlens report`: a run as one page for the browser."""

from pathlib import Path
from typing import Annotated

import typer

from twinlens.cli.run import progress
from twinlens.cli.score import Folder, Labels
from twinlens.cli.terminal import plain
from twinlens.core.errors import BadInput

PAGES = (".html", ".htm")
Out = Annotated[
    Path | None,
    typer.Option("--out", "-o", metavar="FILE.html", help="Where the page goes; by default DIR/report.html."),
]
Thumbnails = Annotated[
    bool,
    typer.Option("--thumbnails", help="Make thumbnails of more than 10,000 photos, too; it takes its time."),
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
) -> int:
    """Write a run as one page: contact sheet, versions, list, scores."""
    from twinlens.report.run import PageRequest, run_page
    from twinlens.runs.store import RunFolder

    file = folder / "report.html" if out is None else out
    _check(file)
    text = run_page(RunFolder(folder), file, PageRequest(embed, labels, thumbnails, progress=progress))
    try:
        file.write_text(text, "utf-8", newline="\n")
    except OSError as error:
        raise BadInput(f"--out {str(file)!r}: cannot be written: {error.strerror}") from error
    print(f"report: {plain(str(file))}")
    return 0


def _check(file: Path) -> None:
    """Refuse a name that is no page's, and a file that is there and no page."""
    if not file.parent.is_dir():
        raise BadInput(f"--out {str(file)!r}: no such folder; expected a file in a folder that exists")
    if file.suffix.lower() not in PAGES:
        raise BadInput(f"--out {str(file)!r}: found no name of a page; expected one that ends in .html")
    if file.is_file():
        with file.open("rb") as stream:
            start = stream.read(64)
        if start.strip() and not start.lstrip().lower().startswith((b"<!doctype html", b"<html")):
            raise BadInput(f"--out {str(file)!r}: found a file that is no page; expected a new name")
