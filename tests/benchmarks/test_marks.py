"""The figures of a benchmark stand between its marks, and nothing else of the page changes."""

from pathlib import Path

import pytest

from benchmarks.marks import rewrite

PAGE = "# Page\n\n<!-- figures: one -->\nold\n<!-- end -->\n\nWords.\n<!-- figures: two -->\n<!-- end -->\n"


def test_only_the_named_part_changes(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE, "utf-8")
    rewrite(page, "one", ["| new |", "|---|"])
    rewrite(page, "two", ["2"])
    expected = PAGE.replace("old\n", "| new |\n|---|\n").replace("two -->\n", "two -->\n2\n")
    assert page.read_text("utf-8") == expected


def test_writing_the_same_again_changes_nothing(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(PAGE, "utf-8")
    rewrite(page, "one", ["old"])
    assert page.read_text("utf-8") == PAGE


@pytest.mark.parametrize(
    "text", ["no marks", "<!-- figures: one -->\nno end", PAGE + "<!-- figures: one -->\n<!-- end -->\n"]
)
def test_a_page_without_the_marks_is_left_as_it_is(tmp_path: Path, text: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(text, "utf-8")
    with pytest.raises(ValueError, match="figures: one"):
        rewrite(page, "one", ["new"])
    assert page.read_text("utf-8") == text
