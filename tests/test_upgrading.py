"""docs/upgrading.md is true: what it names as new is there, what it names as old is not."""

from __future__ import annotations

import importlib
import re
from importlib.util import find_spec
from pathlib import Path

import pytest

PAGE = (Path(__file__).resolve().parents[1] / "docs" / "upgrading.md").read_text("utf-8")


def table(title: str) -> list[tuple[str, str]]:
    """The rows of the table under a heading."""
    text = PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if "|" in line
    ]
    return [(old, new) for old, new in rows[2:]]


def exists(module: str) -> bool:
    """Whether a module is there."""
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False


@pytest.mark.parametrize(("old", "new"), table("Imports"))
def test_a_module_that_moved_is_where_the_page_says_and_no_longer_where_it_was(old: str, new: str) -> None:
    assert exists(new.strip("`"))
    assert not exists(old.strip("`"))


@pytest.mark.parametrize(
    "name", re.findall(r"`(twinlens\.[\w.]+)`", " ".join(new for _, new in table("Names")))
)
def test_a_name_that_changed_is_there(name: str) -> None:
    module, _, attribute = name.rpartition(".")
    assert hasattr(importlib.import_module(module), attribute)
