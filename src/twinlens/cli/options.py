"""Options and arguments that several commands take."""

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from twinlens.core import catalog


def option(metavar: str, text: str, *names: str, least: int | None = None, **more: Any) -> Any:
    """An option with a value, a whole one from `least` on."""
    return typer.Option(*names, metavar=metavar, help=text, min=least, **more)


def flag(name: str, text: str) -> Any:
    """An option without a value."""
    return typer.Option(name, help=text)


def argument(metavar: str, text: str) -> Any:
    """An argument, given by its place."""
    return typer.Argument(metavar=metavar, help=text)


Pairs = Annotated[str, argument("PAIRS", "RAIM JSONL, CSV, Parquet (id, a, b) or folder of versions.")]
Images = Annotated[Path | None, option("DIR", "One more folder to look for photos in.")]
Reference = Annotated[str | None, option("NAME", "Compare each version of a folder with this one only.")]
Lexicon = Annotated[
    Path | None, option("FILE", "Words and forms of answers of your own (TOML).", "--lexicon")
]


def judges_that_begin(incomplete: str) -> list[str]:
    """What a shell completes after --judge."""
    return [name for name in catalog.names("judges") if name.startswith(incomplete)]


Judge = Annotated[
    str, option("SPEC", "Who judges; see twinlens judges.", "--judge", autocompletion=judges_that_begin)
]
MaybeJudge = Annotated[
    str | None,
    option("SPEC", "Who judges, by default expert.", "--judge", autocompletion=judges_that_begin),
]
Force = Annotated[bool, flag("--force", "Judge also what is no pair; a mirrored or turned b upright.")]
AbstainBelow = Annotated[
    float | None,
    typer.Option(metavar="P", min=0.5, max=1, help="A confidence below P counts as no verdict; exit with 1."),
]
MaxCalls = Annotated[int | None, option("N", "Stop after N calls to servers; may be given again.", least=1)]
MaxTokens = Annotated[int | None, option("N", "Stop after N tokens of prompts and answers.", least=1)]
FormatOption = Annotated[
    Literal["markdown", "latex", "csv"] | None,
    typer.Option("--format", help="Print tables as papers and programs take them."),
]
