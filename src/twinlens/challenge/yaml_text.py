"""YAML as plain values with the line of each: no tags, aliases or double keys; times stay as written."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import yaml

from twinlens.core.errors import BadInput

LONGEST = 256 * 1024
"""Characters that are read at most."""
TIME = "'YYYY-MM-DD HH:MM:SS' in quotes, in UTC"
_TIMESTAMP = "tag:yaml.org,2002:timestamp"
_SCALARS = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null")}


@dataclass(frozen=True)
class Document:
    """The content of a YAML file; `lines` and `unquoted` go by key path, such as phases[0].start."""

    file: str
    data: Any
    lines: dict[str, int] = field(default_factory=dict)
    unquoted: set[str] = field(default_factory=set)

    def where(self, path: str) -> str:
        """The file, line and key path, for messages; of a key that is missing, the line of what lacks it."""
        near = path
        while near and near not in self.lines:
            near = re.sub(r"(\.?[^.\[]+|\[\d+\])$", "", near)
        at = f"{self.file}:{self.lines.get(near, 1)}"
        return f"{at}: {path}" if path else at


def load(text: str, file: str) -> Document:
    """The values of a YAML text; BadInput names the line of what is no plain YAML.

    A time without quotes, which YAML would take for a date, stays text and its path is in `unquoted`.
    """
    if len(text) > LONGEST:
        raise BadInput(f"{file}: found {len(text):,} characters; expected at most {LONGEST:,}")
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        document = Document(file, None)
        data = None if node is None else _Values(document, loader).value(node, "")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        problem = error.problem or error.context
        raise BadInput(f"{file}:{line}: no YAML: {problem}; expected key: value") from None
    except yaml.YAMLError as error:
        raise BadInput(f"{file}: {str(error).splitlines()[0]}; expected YAML") from None
    except RecursionError:
        raise BadInput(f"{file}: found lists in lists without end; expected plain values") from None
    return Document(file, data, document.lines, document.unquoted)


@dataclass(frozen=True)
class _Values:
    """Turns the nodes of a document into values, each node once."""

    document: Document
    loader: yaml.SafeLoader
    seen: set[int] = field(default_factory=set)

    def value(self, node: yaml.Node, path: str) -> Any:
        line = node.start_mark.line + 1
        self.document.lines.setdefault(path, line)
        if id(node) in self.seen:
            raise BadInput(f"{self.document.where(path)}: found an alias; expected the value itself")
        self.seen.add(id(node))
        if isinstance(node, yaml.MappingNode) and node.tag.endswith(":map"):
            return self.mapping(node, path)
        if isinstance(node, yaml.SequenceNode) and node.tag.endswith(":seq"):
            return [self.value(item, f"{path}[{at}]") for at, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode) and node.tag == _TIMESTAMP:
            self.document.unquoted.add(path)
            return node.value
        if isinstance(node, yaml.ScalarNode) and node.tag in _SCALARS:
            return self.scalar(node, path)
        raise BadInput(f"{self.document.where(path)}: found the tag {node.tag!r}; expected plain values")

    def mapping(self, node: yaml.MappingNode, path: str) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else ""
            line = key_node.start_mark.line + 1
            if not key or key_node.tag.endswith(":merge"):
                raise BadInput(f"{self.document.file}:{line}: found no name of a key; expected key: value")
            below = f"{path}.{key}".lstrip(".")
            if key in made:
                first = self.document.lines[below]
                what = f"{self.document.file}:{line}: the key {below} stands already in line {first}"
                raise BadInput(f"{what}; expected each key once: take one away")
            self.document.lines[below] = line
            made[key] = self.value(value_node, below)
        return made

    def scalar(self, node: yaml.ScalarNode, path: str) -> Any:
        try:
            return self.loader.construct_object(node)
        except ValueError:
            expected = "expected a number or text in quotes"
            raise BadInput(f"{self.document.where(path)}: found {node.value[:40]!r}; {expected}") from None


def utc(text: str) -> datetime | None:
    """A time as written, with an offset or in UTC, as one of UTC; None where it is no time.

    >>> print(utc("2027-01-10 12:00:00 +02:00"), utc("2027-01-10"), utc("soon"))
    2027-01-10 10:00:00+00:00 2027-01-10 00:00:00+00:00 None
    """
    try:
        time = datetime.fromisoformat(re.sub(r"\s+(?=[+-]\d|Z$)", "", text.strip()))
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def written(time: datetime) -> str:
    """A time in UTC as the server reads it.

    >>> written(datetime(2027, 1, 10, 12, tzinfo=UTC))
    '2027-01-10 12:00:00'
    """
    return time.strftime("%Y-%m-%d %H:%M:%S")
