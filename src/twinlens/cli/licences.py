"""`twinlens licences`: what is installed under which licence."""

from dataclasses import asdict
from typing import Annotated

from twinlens.cli.options import flag
from twinlens.cli.terminal import console, emit, words

Json = Annotated[bool, flag("--json", "Print one JSON object a line.")]


def licences(json: Json = False) -> None:
    """List dependencies, their licences, what their wheels bundle."""
    from twinlens.core.licences import COPYLEFT, dependencies

    rows = dependencies()
    if json:
        for one in rows:
            emit({**asdict(one), "inside": dict(one.inside)})
        return
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("package", "licence, extra, libraries in its wheel"):
        table.add_column(heading, overflow="fold")
    for one in rows:
        inside: dict[str, list[str]] = {}
        for name, licence in one.inside:
            inside.setdefault(licence, []).append(name)
        copyleft_first = sorted(inside.items(), key=lambda entry: entry[0] not in COPYLEFT)
        lines = [
            words(f"{licence}: {', '.join(names)}", "yellow" if licence in COPYLEFT else "dim")
            for licence, names in copyleft_first
        ]
        about = words(one.licence or "not installed", "" if one.licence else "dim")
        about.append(f", with {', '.join(one.extras)}" * bool(one.extras), "dim")
        table.add_row(words(one.package, "bold"), Text("\n").join([about, *lines]))
    console().print(table)
