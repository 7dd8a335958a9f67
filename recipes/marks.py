"""A page of docs keeps what a recipe found between two marks; running the recipe again rewrites that part only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

BENCHMARKS = Path("docs/benchmarks.md")
END = "<!-- end -->"


def rewrite(page: Path, name: str, lines: Sequence[str]) -> None:
    """Puts lines between the page's mark of that name and the end mark that follows it.

    ValueError where the page does not hold both, the mark once.
    """
    mark = f"<!-- figures: {name} -->"
    before, found, rest = page.read_text("utf-8").partition(mark)
    _, closed, after = rest.partition(END)
    if not found or not closed or mark in rest:
        raise ValueError(f"{page}: expected once {mark} and then {END}")
    page.write_text("\n".join([before + mark, *lines, END]) + after, "utf-8")
