"""`twinlens doctor`: what is installed, what is where, and what a judge would send to whom."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Annotated

from twinlens.cli.options import Judge, flag
from twinlens.cli.terminal import console, emit, words
from twinlens.core.catalog import DEFAULT_JUDGE
from twinlens.core.version import __version__

Json = Annotated[bool, flag("--json", "Print one JSON object.")]
SET = ("TWINLENS_CACHE", "TWINLENS_MAX_PIXELS", "TWINLENS_MAX_BYTES", "OPENAI_BASE_URL", "HF_HOME")
"""Variables whose values are shown."""
SECRET = ("OPENAI_API_KEY", "HF_TOKEN")
"""Those of which only is said whether they are set."""


def doctor(judge: Judge = DEFAULT_JUDGE, json: Json = False) -> int:
    """Say what is installed, and what a judge sends where."""
    from twinlens.judges.destinations import notice

    made = {"twinlens": dict(_program()), "extras": dict(_extras()), "here": dict(_surroundings())}
    made["leaves this machine"] = {judge: notice(judge) or "nothing: photos stay here"}
    if json:
        emit(made)
        return 0
    from rich.table import Table

    for heading, rows in made.items():
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False, title_justify="left")
        table.add_column(width=22)
        table.add_column(overflow="fold")
        for name, says in rows.items():
            table.add_row(
                words(name, "bold"), words(says, "dim" if says.startswith(("not ", "pip ")) else "")
            )
        console().print(words(heading, "dim"), table, "", sep="\n")
    return 0


def _program() -> Iterator[tuple[str, str]]:
    yield "version", f"{__version__} in {Path(__file__).parents[1]}"
    yield "Python", f"{platform.python_version()}, {platform.system()} {platform.machine()}"
    yield "processors", str(os.cpu_count())


def _extras() -> Iterator[tuple[str, str]]:
    """Each extra: the versions of what it brings, or how to install it."""
    from twinlens.core.licences import dependencies

    brings: dict[str, list[str]] = {}
    for one in dependencies():
        for extra in one.extras:
            brings.setdefault(extra, []).append(one.package)
    for extra, packages in sorted(brings.items()):
        versions = {name: _version(name) for name in packages}
        missing = [name for name, version in versions.items() if version is None]
        has = ", ".join(f"{name} {version}" for name, version in versions.items() if version)
        yield extra, f"pip install 'twinlens[{extra}]' ({', '.join(missing)} missing)" if missing else has


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _surroundings() -> Iterator[tuple[str, str]]:
    from twinlens.runs.cache import folder

    yield "cache of verdicts", f"{folder()}, {_size(folder())}"
    yield "GPU", _gpu()
    for name in SET:
        yield name, os.environ.get(name) or "not set"
    for name in SECRET:
        yield name, "set" if os.environ.get(name, "").strip() else "not set"


def _size(place: Path) -> str:
    files = [file for file in place.rglob("*") if file.is_file()]
    return f"{len(files):,} files, {sum(file.stat().st_size for file in files) / 1e6:.1f} MB"


def _gpu() -> str:
    """The devices that torch sees."""
    if _version("torch") is None:
        return "not looked for: torch (extra local or train) is not installed"
    import torch

    if not torch.cuda.is_available():
        return "not seen by torch"
    return ", ".join(torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count()))
