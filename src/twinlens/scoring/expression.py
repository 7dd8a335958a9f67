"""Arithmetic over scores, read without `eval`: composites such as 0.7*accuracy+0.3*rouge_l, and gates.

Numbers, names of scores, + - * / and brackets, and win_rate(VERSION); in a gate also low(SCORE) and
high(SCORE), the ends of its interval, and one comparison.
"""

from __future__ import annotations

import ast
import math
import operator
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from twinlens.core.errors import BadInput

LONGEST = 1000
Record = dict[str, Any]
_OPERATIONS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip
_COMPARISONS: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.GtE: operator.ge, ast.Gt: operator.gt, ast.LtE: operator.le, ast.Lt: operator.lt,
}  # fmt: skip
_VERSION = re.compile(r"\bwin_rate\(\s*([\"']?)([^()]*?)\1\s*\)")
EXPECTED = 'expected numbers, scores and + - * /, such as "0.7*accuracy+0.3*rouge_l"'


@dataclass(frozen=True)
class Expression:
    """Arithmetic over scores."""

    text: str
    _tree: ast.expr
    _renamed: Mapping[str, str]

    @property
    def names(self) -> tuple[str, ...]:
        """The scores it needs, each once, as written; low(x) and high(x) need x."""
        found = (self._renamed.get(node.id, node.id) for node in _names(self._tree))
        return tuple(dict.fromkeys(found))

    def value(self, known: Mapping[str, Any]) -> Any:
        """The value, with a number or an array for each name, also for "low(x)" where it is asked for."""
        return self._value(self._tree, known)

    def _value(self, node: ast.expr, known: Mapping[str, Any]) -> Any:
        if isinstance(node, ast.Constant):
            return node.value
        if isinstance(node, ast.Name):
            return known[self._renamed.get(node.id, node.id)]
        if isinstance(node, ast.Call):
            assert isinstance(node.func, ast.Name)
            assert isinstance(node.args[0], ast.Name)
            name = node.args[0].id
            return known[f"{node.func.id}({self._renamed.get(name, name)})"]
        if isinstance(node, ast.UnaryOp):
            inner = self._value(node.operand, known)
            return -inner if isinstance(node.op, ast.USub) else inner
        assert isinstance(node, ast.BinOp)
        left, right = self._value(node.left, known), self._value(node.right, known)
        return _OPERATIONS[type(node.op)](left, right)


@dataclass(frozen=True)
class Gate:
    """A comparison that a run has to meet."""

    text: str
    left: Expression
    right: Expression
    _compare: Callable[[float, float], bool]

    @property
    def names(self) -> tuple[str, ...]:
        """The scores it needs."""
        return tuple(dict.fromkeys((*self.left.names, *self.right.names)))

    def met(self, known: Mapping[str, float]) -> bool:
        """Whether it is met; a score that has no value meets nothing."""
        try:
            return bool(self._compare(self.left.value(known), self.right.value(known)))
        except ZeroDivisionError:
            return False


def parse(text: str) -> Expression:
    """The arithmetic that a text writes; BadInput says what it may hold.

    >>> parse("0.5*accuracy + 0.5*win_rate(v2)").names
    ('accuracy', 'win_rate(v2)')
    """
    tree, renamed = _tree(text)
    _check(tree, text, ends=False)
    return Expression(text, tree, renamed)


def parse_gate(text: str) -> Gate:
    """The comparison that a text writes.

    >>> parse_gate("low(accuracy)>=0.5").met({"low(accuracy)": 0.6})
    True
    """
    tree, renamed = _tree(text)
    compare = (
        _COMPARISONS.get(type(tree.ops[0])) if isinstance(tree, ast.Compare) and len(tree.ops) == 1 else None
    )
    if not isinstance(tree, ast.Compare) or compare is None:
        raise BadInput(f'found {text!r}; expected one comparison, such as "win_rate(v2)>=0.5"')
    sides = tree.left, tree.comparators[0]
    for side in sides:
        _check(side, text, ends=True)
    left, right = (Expression(text, side, renamed) for side in sides)
    return Gate(text, left, right, compare)


def require_names(names: Iterable[str], known: Iterable[str], text: str) -> None:
    """BadInput where an expression names a score that is not there."""
    there = list(known)
    for name in names:
        if name not in there:
            raise BadInput(f"{text!r}: found no score {name!r}; the run has {', '.join(there)}")


def gate(text: str, record: Record) -> Record:
    """Whether a run meets a requirement, and what was found."""
    made = parse_gate(text)
    require_names(made.names, record["scores"], text)
    known = {}
    for name in made.names:
        score = record["scores"][name]
        for key, end in ((name, "value"), (f"low({name})", "low"), (f"high({name})", "high")):
            known[key] = math.nan if score[end] is None else score[end]
    return {
        "require": text,
        "met": made.met(known),
        "found": {name: record["scores"][name] for name in made.names},
    }


def _tree(text: str) -> tuple[ast.expr, dict[str, str]]:
    renamed: dict[str, str] = {}

    def rename(match: re.Match[str]) -> str:
        name = f"_version_{len(renamed)}"
        renamed[name] = f"win_rate({match[2]})"
        return name

    if len(text) > LONGEST:
        raise BadInput(f"found an expression of {len(text)} characters; expected at most {LONGEST}")
    try:
        with warnings.catch_warnings(action="ignore"):
            return ast.parse(_VERSION.sub(rename, text.strip()), mode="eval").body, renamed
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise BadInput(f"found {text!r}; {EXPECTED}") from None


def _check(node: ast.expr, text: str, *, ends: bool) -> None:
    """Refuses all but arithmetic over names; `ends` allows low(x) and high(x)."""
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATIONS:
        _check(node.left, text, ends=ends)
        _check(node.right, text, ends=ends)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        _check(node.operand, text, ends=ends)
    elif not (isinstance(node, ast.Name) or _is_number(node) or (ends and _is_end(node))):
        raise BadInput(f"found {ast.unparse(node)!r} in {text!r}; {EXPECTED}")


def _is_number(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and type(node.value) in (int, float)


def _is_end(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("low", "high")
        and len(node.args) == 1
        and not node.keywords
        and isinstance(node.args[0], ast.Name)
    )


def _names(node: ast.expr) -> Iterator[ast.Name]:
    """The names of scores, not those of low and high."""
    if isinstance(node, ast.Name):
        yield node
    elif isinstance(node, ast.Call):
        yield from _names(node.args[0])
    elif isinstance(node, ast.UnaryOp):
        yield from _names(node.operand)
    elif isinstance(node, ast.BinOp):
        yield from _names(node.left)
        yield from _names(node.right)
