"""Code and pages say it in the field's words: what docs/glossary.md gave up does not come back."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
GLOSSARY = ROOT / "docs" / "glossary.md"
EXEMPT = frozenset({
    "docs/log.md", "docs/glossary.md", "docs/upgrading.md", "src/twinlens/core/errors.py",
    "src/twinlens/core/score_records.py",
})  # fmt: skip
"""Pages about the past, the table itself, the errors, which say what was found, and keys that others read."""


@dataclass(frozen=True)
class Banned:
    """A row of the glossary's last table."""

    words: frozenset[str]
    whole: bool
    prose: bool
    allowed: tuple[str, ...]
    instead: str

    def in_name(self, name: str) -> bool:
        """Whether the name of something in code has one of the words."""
        plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().strip("_")
        for phrase in self.allowed:
            plain = plain.replace(phrase, "")
        return bool(self.words & ({plain} if self.whole else set(plain.split("_"))))

    def in_prose(self, text: str) -> bool:
        """Whether a text says one of the words."""
        for phrase in self.allowed:
            text = text.replace(phrase, "")
        return self.prose and bool(self.words & set(re.findall(r"[a-z]+", text.lower())))


@cache
def banned() -> list[Banned]:
    """The table of the glossary."""
    table = GLOSSARY.read_text("utf-8").partition("## Words we gave up")[2]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if "|" in line
    ]
    return [
        Banned(_listed(words), where == "whole", prose == "yes", tuple(sorted(_listed(allowed))), instead)
        for words, where, prose, allowed, instead in rows[2:]
    ]


def _listed(cell: str) -> frozenset[str]:
    return frozenset(word.strip() for word in cell.split(",") if word.strip())


def titles(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The names of functions and classes, with their lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.lineno, node.name


def variables(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The names of arguments, variables and fields, with their lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id if isinstance(node, ast.Name) else node.attr


def prose(text: str, tree: ast.AST) -> Iterator[tuple[int, str]]:
    """The comments and strings of code with their lines; a string without a blank is no prose."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value:
            yield node.lineno, re.sub(r"`[^`]*`", "", node.value)


def faults_of_code(file: Path) -> list[str]:
    """What a Python file says in words we gave up; of tests, only the names of files and functions count."""
    text = file.read_text("utf-8")
    tree = ast.parse(text)
    named, spoken = [(1, file.stem), *titles(tree)], list[tuple[int, str]]()
    if "tests" not in file.parts:
        named += variables(tree)
        spoken += prose(text, tree)
    faults = [(at, name, each) for at, name in named for each in banned() if each.in_name(name)]
    faults += [(at, said, each) for at, said in spoken for each in banned() if each.in_prose(said)]
    return [f"{at}: {' '.join(said.split())[:80]}: say {each.instead}" for at, said, each in faults]


def faults_of_page(file: Path) -> list[str]:
    """The lines of a page, code left out, that say a word we gave up."""
    code = re.compile(r"```.*?```|`[^`]*`", re.DOTALL)
    plain = code.sub(lambda match: "\n" * match[0].count("\n"), file.read_text("utf-8"))
    lines = enumerate(plain.splitlines(), 1)
    return [
        f"{at}: {line}: say {each.instead}" for at, line in lines for each in banned() if each.in_prose(line)
    ]


def checked(pattern: str, *folders: str) -> list[str]:
    """The files under some folders that are held to it, by their path from the root."""
    paths = (
        file.relative_to(ROOT).as_posix() for folder in folders for file in (ROOT / folder).glob(pattern)
    )
    return sorted(p for p in paths if not any(p == each or p.startswith(f"{each}/") for each in EXEMPT))


@pytest.mark.parametrize("path", checked("**/*.py", "src", "tests", "benchmarks"))
def test_code_is_in_the_words_of_the_field(path: str) -> None:
    assert faults_of_code(ROOT / path) == []


@pytest.mark.parametrize("path", [*checked("*.md", ".", "docs"), *checked("**/*.j2", "src")])
def test_pages_are_in_the_words_of_the_field(path: str) -> None:
    assert faults_of_page(ROOT / path) == []


@pytest.mark.parametrize(
    ("name", "faults"),
    [("told", 1), ("best_chance", 1), ("log_odds", 0), ("odds_of_a", 1), ("found_rows", 0), ("found", 1),
     ("BudgetSpent", 0),
     ("TokensSpent", 1), ("held_out", 0), ("retold", 0)],
)  # fmt: skip
def test_a_word_counts_as_a_part_of_a_name_or_as_the_whole(name: str, faults: int) -> None:
    assert sum(each.in_name(name) for each in banned()) == faults


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("what it tells", 1),
        ("a Chance of .9", 1),
        ("beyond chance", 0),
        ("told apart", 0),
        ("found alone", 0),
        ("untold, clean", 0),
    ],
)
def test_a_word_counts_as_a_word_of_prose(text: str, faults: int) -> None:
    assert sum(each.in_prose(text) for each in banned()) == faults
