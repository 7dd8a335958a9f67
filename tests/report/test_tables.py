"""Tables of standings hold what teams wrote as text, whatever they wrote."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twinlens.report.tables import Table, csv_text, latex, latex_text, markdown, markdown_text

HOSTILE = (
    '=HYPERLINK("http://x")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "＝1", "| a | b |", "<script>1</script>",
    "[x](javascript:alert)", "![x](http://x)", "`code`", "\\input{/etc/passwd}", "a & b % c # d $e$ f_g ~ ^",
    "two\nlines", "\u202eright to left", "<!-- --> &amp; &#60;",
)  # fmt: skip


def table(*texts: str) -> Table:
    return Table(("team", "final"), [(text, "0.5") for text in texts], "lr")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_spreadsheet_reads_no_cell_as_a_formula(text: str) -> None:
    _, (cell, number) = csv.reader(io.StringIO(csv_text(table(text))))
    assert cell.strip()[0] not in "=+-@|%＝＋－＠"
    assert number == "0.5"


def test_negative_numbers_stay_numbers() -> None:
    assert csv_text(table("-0.25")).splitlines()[1] == "-0.25,0.5"


@pytest.mark.parametrize("text", HOSTILE)
def test_markdown_has_a_row_a_team_and_no_tag(text: str) -> None:
    lines = markdown(table(text)).splitlines()
    assert len(lines) == 3
    assert "<" not in lines[2]
    assert len(re.findall(r"(?<!\\)\|", lines[2])) == 3
    assert not re.search(r"(?<!\\)[\[`*]", lines[2])


@given(st.text(st.characters(codec="utf-8"), max_size=40))
def test_every_text_is_one_cell_of_one_row(text: str) -> None:
    made = table(text)
    assert len(markdown(made).splitlines()) == 3
    assert len(list(csv.reader(io.StringIO(csv_text(made))))) == 2
    row = latex(made).splitlines()[5]
    assert len(re.findall(r"(?<!\\)&", row)) == 1
    assert row.endswith(r"\\")


def test_latex_holds_no_command_of_a_text() -> None:
    assert latex_text(r"\input{x}$y$") == r"\textbackslash{}input\{x\}\$y\$"
    assert markdown_text("0.5") == "0.5"


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="no pdflatex")
def test_latex_sets_what_a_team_wrote(tmp_path: Path) -> None:
    ascii_only = [text for text in HOSTILE if text.isascii()]
    body = "\\documentclass{article}\\usepackage[T1]{fontenc}\\usepackage{longtable}\\begin{document}"
    (tmp_path / "t.tex").write_text(body + latex(table(*ascii_only)) + "\\end{document}", "utf-8")
    call = ["pdflatex", "-no-shell-escape", "-halt-on-error", "t.tex"]
    assert subprocess.run(call, cwd=tmp_path, capture_output=True, check=False).returncode == 0
