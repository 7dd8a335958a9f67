"""`twinlens challenge`: a challenge made from one YAML, built as a bundle for its server, and checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from twinlens.cli.options import argument, flag, option
from twinlens.cli.terminal import console, emit, words

if TYPE_CHECKING:
    from twinlens.challenge.findings import Finding, Status

NewFolder = Annotated[Path, argument("DIR", "A new folder, or an empty one.")]
Example = Annotated[bool, flag("--example", "With pairs and labels, so that it can be built at once.")]
Folder = Annotated[Path, argument("DIR", "The folder of a challenge, with its challenge.yaml.")]
Out = Annotated[Path, option("BUNDLE.zip", "The bundle to write.", "--out", "-o")]
Bundle = Annotated[Path, argument("BUNDLE.zip", "A bundle.")]
Json = Annotated[bool, flag("--json", "Print one JSON object, twinlens.challenge-check/1.")]
STYLES = {"ok": "green", "error": "bold red", "warning": "yellow", "skipped": "dim"}


def new_challenge(folder: NewFolder, example: Example = False) -> int:
    """Write a challenge.yaml to fill in."""
    from twinlens.challenge.new import new

    file = new(folder, example)
    target = console()
    target.print(words(f"written: {file}"), soft_wrap=True)
    if not example:
        target.print(words("Fill it in: title, organisers, phases with their pairs and labels."))
    target.print(words(f"then: twinlens challenge build {folder} -o bundle.zip", "dim"), soft_wrap=True)
    return 0


def build_bundle(folder: Folder, out: Out) -> int:
    """Build the bundle of a challenge, ready to be checked and uploaded."""
    from twinlens.challenge.bundle import build

    counts = build(folder, out)
    target = console()
    items = ", ".join(f"{name} {count:,} items" for name, count in counts.items())
    target.print(words(f"{out}: {out.stat().st_size / 1e6:,.1f} MB; {items}", "bold"), soft_wrap=True)
    target.print(words(f"what it holds, as files: {folder / 'build'}"), soft_wrap=True)
    target.print(words(f"then: twinlens challenge check {out}", "dim"), soft_wrap=True)
    return 0


def check_bundle(bundle: Bundle, json: Json = False) -> int:
    """Say what the server would refuse, rule by rule; runs the bundle's scoring program, confined."""
    from twinlens.challenge.bundle_check import check_bundle

    findings = check_bundle(bundle)
    counts = Counter(one.status for one in findings)
    if json:
        rows = [
            {"rule": one.rule, "status": one.status, "where": one.where, "what": one.what} for one in findings
        ]
        made = {"schema": "twinlens.challenge-check/1", "file": str(bundle), "findings": rows}
        emit({**made, "errors": counts["error"], "warnings": counts["warning"]})
    else:
        _show(findings, counts, bundle)
    return 1 if counts["error"] else 0


def _show(findings: Sequence[Finding], counts: Counter[Status], bundle: Path) -> None:
    """A line a rule, and what is wrong below it."""
    from rich.table import Table
    from rich.text import Text

    target, shown = console(), set[str]()
    table = Table.grid(padding=(0, 1, 0, 0))
    for wraps in (False, False, True):
        table.add_column(no_wrap=not wraps, overflow="fold")
    for one in findings:
        quiet = one.status in ("ok", "skipped")
        what = words(one.what, "dim") if quiet else words(f"{one.where}: {one.what}")
        name = Text("" if one.rule in shown else one.rule)
        table.add_row(words(one.status, STYLES[one.status]), name, what)
        shown.add(one.rule)
    target.print(table)
    target.print()
    if counts["error"]:
        target.print(words(f"{bundle}: {counts['error']} errors, to be mended before the upload", "bold red"))
    else:
        warned = f", {counts['warning']} warnings" if counts["warning"] else ""
        target.print(words(f"{bundle}: ready to upload{warned}", "bold"))
