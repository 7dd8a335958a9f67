"""A table as Markdown, LaTeX or CSV; what stands in its cells is text in each, never markup or a formula.

Cells come as plain text; all escaping is done here, once. HTML is written by templates, which escape too.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from twinlens.core.plain_text import plain

_MARKDOWN = re.compile(r"([\\`*_{}\[\]#|~@$])")
_LINK = re.compile(r"(?<=www)(\.)|(:)(?=//)", re.IGNORECASE)
_AT_START = re.compile(r"^(\d*)([.)](?=\s)|[-+=])")
_LATEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%",
    "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", "`": r"\textasciigrave{}",
    "–": "--", "…": r"\ldots{}",
}  # fmt: skip
_FORMULA = re.compile(r"\s*[=+\-@|%＝＋－＠]")
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?")


@dataclass(frozen=True, slots=True)
class Table:
    """Heads and rows of plain text; `align` has a letter a column, l of words and r of numbers."""

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    align: str


def markdown(table: Table) -> str:
    """The table in GitHub's Markdown."""
    rule = ["---" if letter == "l" else "--:" for letter in table.align]
    lines = [[markdown_text(cell) for cell in row] for row in (table.head, *table.rows)]
    return "".join(f"| {' | '.join(row)} |\n" for row in (lines[0], rule, *lines[1:]))


def markdown_text(text: str) -> str:
    """Plain text that Markdown shows as it is: no markup, no tag, no link.

    >>> markdown_text("*a* | <b>")
    '\\\\*a\\\\* \\\\| &lt;b&gt;'
    """
    text = plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    text = _LINK.sub(r"\\\g<0>", _MARKDOWN.sub(r"\\\1", text))
    return text if _NUMBER.fullmatch(text) else _AT_START.sub(r"\1\\\2", text)


def latex(table: Table) -> str:
    """The table as a LaTeX longtable, without packages but longtable."""
    lines = [" & ".join(latex_text(cell) for cell in row) + r" \\" for row in (table.head, *table.rows)]
    return "\n".join([
        rf"\begin{{longtable}}{{{table.align}}}", r"\hline", lines[0], r"\hline", r"\endhead", *lines[1:],
        r"\hline", r"\end{longtable}", "",
    ])  # fmt: skip


def latex_text(text: str) -> str:
    r"""Plain text that LaTeX sets as it is.

    >>> latex_text(r"50 % of \input{x}")
    '50 \\% of \\textbackslash{}input\\{x\\}'
    """
    return "".join(_LATEX.get(letter, letter) for letter in plain(text))


def csv_text(table: Table) -> str:
    """The table as CSV (RFC 4180); what a spreadsheet would take for a formula begins with an apostrophe."""
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([_csv_cell(cell) for cell in row] for row in (table.head, *table.rows))
    return stream.getvalue()


def _csv_cell(text: str) -> str:
    text = plain(text)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text
