"""The text of a part: its name, then its arguments as Python would print them.

`chat(model="qwen3-vl-8b", timeout=30.0)` is read without `eval`: a name, and literal arguments by name.
Values are None, true or false, numbers, strings and tuples of these, so a part is hashable and its text keys
caches.
"""

import ast
import json
import re
import types
import typing
import warnings

import msgspec

from twinlens.core.errors import BadSpec

Value = typing.Any
LONGEST = 10_000
"""Characters of a spec; a longer one is refused before it is parsed."""

PLAIN = "a number, a string in quotes, True, False, None or a tuple of these"

_CALL = re.compile(r"\s*([A-Za-z_][\w.-]*|\S.*?\.py:[A-Za-z_]\w*)\s*(\(.*\))?\s*", re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")


def parse(text: str) -> tuple[str, dict[str, Value]]:
    """The name in a spec and its arguments.

    >>> parse('panel(judges=("measured", "fixed"))')
    ('panel', {'judges': ('measured', 'fixed')})
    >>> parse("my/judge.py:Mine(strict=True)")
    ('my/judge.py:Mine', {'strict': True})
    """
    if len(text) > LONGEST:
        raise BadSpec(f"a spec of {len(text)} characters; expected at most {LONGEST}")
    match = _CALL.fullmatch(text)
    if match is None:
        raise BadSpec(f'{shown(text)} is no spec; expected a name, or with arguments: name(option="value")')
    return match[1], _arguments(match[1], match[2]) if match[2] else {}


def _arguments(name: str, inside: str) -> dict[str, Value]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # unknown escapes: Python keeps the backslash, so do we
            call = ast.parse(f"_{inside}", mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        why = getattr(error, "msg", None) or error
        raise BadSpec(f"{shown(name + inside)} cannot be read: {why}") from None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or call.args:
        raise BadSpec(f'{shown(name + inside)} is no spec; expected {shown(name)[1:-1]}(option="value")')
    arguments: dict[str, Value] = {}
    for keyword in call.keywords:
        if (key := keyword.arg) is None or key in arguments:
            raise BadSpec(f"{name}: found {key or '**'}; expected each argument once, by its name")
        try:
            arguments[key] = _plain(ast.literal_eval(keyword.value))
        except (ValueError, TypeError, MemoryError, RecursionError):
            raise BadSpec(f"{name}: {key} is no plain value; expected {PLAIN}") from None
    return arguments


def _plain(value: Value) -> Value:
    if isinstance(value, list | tuple):
        return tuple(_plain(item) for item in value)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise ValueError


def write(name: str, arguments: dict[str, Value]) -> str:
    """The spec of a name and its arguments; `parse` gives them back.

    >>> write("chat", {"model": "qwen", "retries": 2})
    'chat(model="qwen", retries=2)'
    >>> write("measured", {})
    'measured'
    """
    inside = ", ".join(f"{key}={literal(value)}" for key, value in arguments.items())
    return f"{name}({inside})" if inside else name


def literal(value: Value) -> str:
    """A value as Python source: strings in double quotes, infinity as 1e999."""
    if isinstance(value, str):
        quoted = json.dumps(value, ensure_ascii=False)
        return _SURROGATE.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)
    if isinstance(value, tuple | list):
        items = ", ".join(literal(item) for item in value)
        return f"({items},)" if len(value) == 1 else f"({items})"
    if value is None or (isinstance(value, bool | int | float) and value == value):
        return repr(value).replace("inf", "1e999")
    raise BadSpec(f"{value!r} cannot be written in a spec; expected {PLAIN}")


def fit(value: Value, hint: Value) -> Value:
    """The value as a type hint wants it, a whole number as a float where one is due; ValueError if it is not.

    Hints that msgspec does not know are not checked.
    """
    try:
        return _plain(msgspec.convert(value, hint))
    except msgspec.ValidationError:
        raise ValueError from None
    except TypeError:
        return value


def expected(hint: Value) -> str:
    """A type hint in words for a message."""
    origin: Value = typing.get_origin(hint)
    inner = typing.get_args(hint)
    if origin is typing.Literal:
        return " or ".join(literal(option) for option in inner)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(expected(option) for option in inner)
    if origin is tuple:
        return 'a tuple such as ("x", "y")' if inner and inner[0] is str else "a tuple"
    words = {str: "a string in quotes", int: "a whole number", float: "a number", bool: "True or False"}
    return words.get(hint, "None" if hint in (None, type(None)) else str(hint))


def shown(text: str) -> str:
    """Foreign text for a message: quoted, unprintable characters escaped, cut to 80 characters."""
    return repr(text if len(text) <= 80 else text[:77] + "...")
