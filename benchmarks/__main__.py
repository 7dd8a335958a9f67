"""`python -m benchmarks NAME [OPTIONS]` runs one benchmark; without a name it lists them.

A benchmark is a module of accuracy/, calibrate/, speed/ or soak/ with a function `main`, whose parameters are
its options; the first line of its docstring is what the list shows.
"""

from __future__ import annotations

import ast
import importlib
import sys
from pathlib import Path

import typer

GROUPS = ("accuracy", "calibrate", "speed", "soak")


def benchmarks() -> dict[str, Path]:
    """The file of every benchmark by name, group by group."""
    folder = Path(__file__).parent
    return {file.stem: file for group in GROUPS for file in sorted((folder / group).glob("[a-z]*.py"))}


def documentation(file: Path) -> str:
    """What a benchmark says of itself; read without importing it."""
    return ast.get_docstring(ast.parse(file.read_text("utf-8"))) or ""


def listing() -> str:
    """The benchmarks, a line each."""
    lines = [f"  {name:<12}{documentation(file).splitlines()[0]}" for name, file in benchmarks().items()]
    return "\n".join(["python -m benchmarks NAME [OPTIONS]; NAME --help shows the options", "", *lines])


def main() -> None:
    """Run the benchmark that the command line names."""
    name, *arguments = sys.argv[1:] or [""]
    if name in ("", "-h", "--help"):
        print(listing())
        return
    if name not in benchmarks():
        sys.exit(f"benchmark {name!r}: unknown; expected one of {', '.join(benchmarks())}")
    file = benchmarks()[name]
    work = importlib.import_module(f"benchmarks.{file.parent.name}.{name}").main
    app = typer.Typer(add_completion=False, rich_markup_mode=None)
    app.command(name, help="\b\n" + documentation(file).replace("\n\n", "\n\n\b\n"))(work)
    app(arguments, prog_name=f"python -m benchmarks {name}")


if __name__ == "__main__":
    main()
