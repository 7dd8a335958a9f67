"""The rules for the leaderboard and the fact sheet in competition.yaml: one function each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, get_args

from twinlens.challenge.competition_rules import mappings, named, own_index
from twinlens.challenge.config import Rule as SubmissionRule
from twinlens.challenge.findings import NotLookedAt, Problem, rule
from twinlens.challenge.opened import Opened

QUESTION = {"key", "type", "title", "selection", "is_required", "is_on_leaderboard"}
COLUMN_KEYS = {
    "title",
    "key",
    "index",
    "sorting",
    "precision",
    "hidden",
    "computation",
    "computation_indexes",
}
COMPUTATIONS = ("sum", "avg", "min", "max")
MOST_DECIMALS = 10
"""Scores are stored with ten decimals."""


def columns(bundle: Opened) -> list[tuple[str, dict[str, Any]]]:
    """The columns of the first leaderboard, which is the only one that is used; NotLookedAt without any."""
    first = next(iter(mappings(bundle, "leaderboards")), ("", {}))
    listed = first[1].get("columns")
    items = listed if isinstance(listed, list) else []
    made = [(f"{first[0]}.columns[{at}]", one) for at, one in enumerate(items) if isinstance(one, dict)]
    if not made:
        raise NotLookedAt("there is no leaderboard with columns")
    return made


@rule("leaderboards", "there is one leaderboard, with columns")
def leaderboards(bundle: Opened) -> Iterator[Problem]:
    listed = bundle.data.get("leaderboards")
    if "leaderboard" in bundle.data:
        yield bundle.problem("leaderboard", "found leaderboard; expected leaderboards, a list: rename it")
    elif not isinstance(listed, list) or not listed:
        yield bundle.problem("leaderboards", "found none; expected a list with one leaderboard")
    elif len(listed) > 1:
        yield bundle.warning("leaderboards", f"found {len(listed)}; only the first is used")
    for path, board in mappings(bundle, "leaderboards")[:1]:
        if not isinstance(board.get("columns"), list) or not board["columns"]:
            yield bundle.problem(f"{path}.columns", "found none; expected a column for each score")


@rule("leaderboard-names", "the leaderboard has a title of at most 64 and a key of at most 36 characters")
def leaderboard_names(bundle: Opened) -> Iterator[Problem]:
    for path, board in mappings(bundle, "leaderboards")[:1]:
        yield from named(bundle, f"{path}.title", board.get("title"), 64)
        yield from named(bundle, f"{path}.key", board.get("key"), 36)


@rule("submission-rule", "the leaderboard's rule is one of the server's")
def submission_rule(bundle: Opened) -> Iterator[Problem]:
    for path, board in mappings(bundle, "leaderboards")[:1]:
        given, known = board.get("submission_rule", "Add"), get_args(SubmissionRule)
        if given not in known:
            expected = f"expected one of {', '.join(known)}"
            yield bundle.problem(f"{path}.submission_rule", f"found {given!r:.60}; {expected}")


@rule("columns", "each column has a title and a key of its own, at most 36 characters each")
def column_names(bundle: Opened) -> Iterator[Problem]:
    listed = columns(bundle)
    for key in ("title", "key"):
        seen = Counter(repr(column.get(key)) for _, column in listed)
        for path, column in listed:
            yield from named(bundle, f"{path}.{key}", column.get(key), 36)
            if seen[repr(column.get(key))] > 1:
                what = f"found {column.get(key)!r:.60} twice; expected each {key} once: rename one"
                yield bundle.problem(f"{path}.{key}", what)


@rule("column-order", "columns are numbered from 0, which ranks first, and sorted asc or desc")
def column_order(bundle: Opened) -> Iterator[Problem]:
    listed = columns(bundle)
    yield from own_index(bundle, listed)
    if all(column.get("index") != 0 for _, column in listed):
        yield bundle.problem("leaderboards[0].columns", "found no index 0; expected one: it ranks first")
    for path, column in listed:
        if column.get("sorting", "desc") not in ("asc", "desc"):
            what = f"found {column['sorting']!r:.60}; expected asc or desc"
            yield bundle.problem(f"{path}.sorting", what)


@rule("column-numbers", "what columns show is a number the server can store")
def column_numbers(bundle: Opened) -> Iterator[Problem]:
    listed = columns(bundle)
    indexes = [column.get("index") for _, column in listed]
    for path, column in listed:
        for key in column.keys() - COLUMN_KEYS:
            yield bundle.warning(f"{path}.{key}", "the server passes it over; take it away")
        decimals = column.get("precision", 2)
        if not isinstance(decimals, int) or not 0 <= decimals <= MOST_DECIMALS:
            what = f"found {decimals!r:.60}; expected 0 to {MOST_DECIMALS} decimals"
            yield bundle.problem(f"{path}.precision", what)
        computation, of = column.get("computation"), column.get("computation_indexes")
        if computation is None and of is None:
            continue
        if computation not in COMPUTATIONS:
            what = f"found {computation!r:.60}; expected one of {', '.join(COMPUTATIONS)}"
            yield bundle.problem(f"{path}.computation", what)
        if not isinstance(of, list) or not of or [at for at in of if at not in indexes]:
            what = f"found {of!r:.60}; expected indexes of columns"
            yield bundle.problem(f"{path}.computation_indexes", what)


@rule("fact-sheet", "each question of the fact sheet has the six keys the server wants")
def fact_sheet(bundle: Opened) -> Iterator[Problem]:
    sheet = bundle.data.get("fact_sheet")
    if not sheet:
        yield bundle.warning("fact_sheet", "found none; ask teams of method, data and hardware")
        return
    if not isinstance(sheet, dict):
        yield bundle.problem("fact_sheet", f"found {sheet!r:.60}; expected questions by their key")
        return
    for key, question in sheet.items():
        for what in _question(key, question):
            yield bundle.problem(f"fact_sheet.{key}", what)


def _question(key: str, question: Any) -> Iterator[str]:
    """What is wrong with a question."""
    if not isinstance(question, dict) or question.keys() != QUESTION:
        given = ", ".join(question) if isinstance(question, dict) else repr(question)
        yield f"found {given:.100}; expected exactly {', '.join(sorted(QUESTION))}"
        return
    if question["key"] != key:
        yield f"its key is {question['key']!r:.60}; expected {key}, as above it"
    if question["type"] not in ("checkbox", "text", "select"):
        yield f"its type is {question['type']!r:.60}; expected checkbox, text or select"
    for name in ("is_required", "is_on_leaderboard"):
        if question[name] not in ("true", "false"):
            yield f"{name} is {question[name]!r:.60}; expected 'true' or 'false', in quotes"
