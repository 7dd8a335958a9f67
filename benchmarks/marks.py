"""A page of docs holds the figures of a benchmark between two marks; running it again rewrites that part only."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

BENCHMARKS, CONVENTIONS = Path("docs/benchmarks.md"), Path("docs/conventions.md")
END = "<!-- end -->"


def rewrite(page: Path, name: str, lines: Sequence[str]) -> None:
    """Puts lines between the page's mark of that name and the end mark that follows it.

    ValueError where the page does not hold both, the mark once.
    """
    mark = f"<!-- figures: {name} -->"
    before, opened, rest = page.read_text("utf-8").partition(mark)
    _, closed, after = rest.partition(END)
    if not opened or not closed or mark in rest:
        raise ValueError(f"{page}: expected once {mark} and then {END}")
    page.write_text("\n".join([before + mark, *lines, END]) + after, "utf-8")
