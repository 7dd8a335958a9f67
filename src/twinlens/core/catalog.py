"""Parts by name: judges, metrics and readers.

A part is a frozen dataclass; its file's name is its name, and its class is that name in CamelCase
(`chroma_noise.py` holds `ChromaNoise`). A new file in the folder is a new part: there is no table to edit. A
file without such a class, or whose class has no equality, is a helper. From outside come entry points of
`twinlens.judges`, `twinlens.metrics` and `twinlens.readers`, and classes by path: `path/file.py:Class`.

Listing names imports no part; asking for one imports that one only.
"""

from __future__ import annotations

import dataclasses
import difflib
import hashlib
import importlib
import importlib.util
import re
import sys
import typing
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from twinlens.core import spec as text
from twinlens.core.errors import BadSpec, TwinlensError

Group = Literal["judges", "metrics", "readers"]

_given_names: dict[type, str] = {}
"""The names of classes from outside, which are not those of their files."""


def names(group: Group) -> list[str]:
    """The names of a group's parts, sorted."""
    return sorted({*_own(group), *_outside(group)})


def part(group: Group, spec: str) -> Any:
    """The part a spec describes; BadSpec says what is wrong with the spec, in one line."""
    name, arguments = text.parse(spec)
    made = kind(group, name)
    wanted = {field.name: field for field in dataclasses.fields(made) if field.init}
    for key in arguments:
        if key not in wanted:
            raise BadSpec(
                f"{name}: found the argument {key!r}; {_hint(key, list(wanted), 'it has', 'it has none')}"
            )
    missing = [key for key, field in wanted.items() if key not in arguments and _required(field)]
    if missing:
        example = ", ".join(f'{key}="…"' for key in missing)
        raise BadSpec(f"{name} needs {' and '.join(missing)}; expected {name}({example})")
    try:
        return made(**_fitted(name, made, arguments))
    except TwinlensError:
        raise
    except (TypeError, ValueError) as error:
        raise BadSpec(f"{name}: {error}") from error


def spec(part: Any) -> str:
    """The spec of a part: its name, and the arguments that are not the default ones.

    `part` gives an equal part back.
    """
    cls = type(part)
    name = _given_names.get(cls, cls.__module__.rpartition(".")[2])
    different = {
        field.name: getattr(part, field.name)
        for field in dataclasses.fields(part)
        if field.init and (_required(field) or getattr(part, field.name) != _default(field))
    }
    return text.write(name, different)


def parts(group: Group) -> dict[str, Any]:
    """The parts of a group that need no argument, by name."""
    kinds = {name: kind(group, name) for name in names(group)}
    return {name: made() for name, made in kinds.items() if not any(map(_required, dataclasses.fields(made)))}


def kind(group: Group, name: str) -> type:
    """The class of a part, by its name or as `path/file.py:Class`."""
    if ".py:" in name:
        return _from_file(name)
    if name in _own(group):
        return _own_class(group, name)
    outside = _outside(group).get(name)
    if outside is None:
        one = group.removesuffix("s")
        hint = _hint(name, names(group), f"the {group} are", "there is none")
        raise BadSpec(f"no {one} is called {text.shown(name)}; {hint}")
    return _from_entry_point(name, outside)


def _hint(word: str, known: list[str], have: str, none: str) -> str:
    """What was meant, and what exists."""
    close = difflib.get_close_matches(word.lower(), known, n=1, cutoff=0.5)
    meant = f"did you mean {close[0]!r}? " if close else ""
    return meant + (f"{have} {', '.join(known)}" if known else none)


def _required(field: dataclasses.Field[Any]) -> bool:
    no_default = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    return field.init and no_default


def _default(field: dataclasses.Field[Any]) -> Any:
    return field.default if field.default_factory is dataclasses.MISSING else field.default_factory()


def _fitted(name: str, made: type, arguments: dict[str, Any]) -> dict[str, Any]:
    """The arguments as the fields' types want them."""
    try:
        hints = typing.get_type_hints(made)
    except (NameError, TypeError):
        return arguments  # types the module names for checkers only
    fitted = {}
    for key, value in arguments.items():
        try:
            fitted[key] = text.fit(value, hints[key])
        except ValueError:
            given = text.shown(text.literal(value))[1:-1]
            raise BadSpec(f"{name}: found {key}={given}; expected {text.expected(hints[key])}") from None
    return fitted


def _class_name(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))


@cache
def _own(group: Group) -> frozenset[str]:
    """The names of the parts in our own folder, by reading, not importing."""
    folder = files("twinlens") / group
    if not folder.is_dir():
        return frozenset()
    modules = {file.name[:-3]: file for file in folder.iterdir() if file.name.endswith(".py")}
    value = r"^@dataclass\((?!.*eq=False).*\)\nclass {}\b"  # parts are compared, what is loaded is not
    return frozenset(
        name
        for name, file in modules.items()
        if re.search(value.format(re.escape(_class_name(name))), file.read_text("utf-8"), re.MULTILINE)
    )


def _own_class(group: Group, name: str) -> type:
    try:
        module = importlib.import_module(f"twinlens.{group}.{name}")
    except ModuleNotFoundError as error:
        raise BadSpec(f"{name} needs the package {error.name!r}, which is not installed") from error
    return _frozen(getattr(module, _class_name(name)), f"twinlens/{group}/{name}.py")


def _outside(group: Group) -> dict[str, EntryPoint]:
    """The entry points of a group; our own names cannot be taken, and the first of two equal names counts."""
    points = sorted(entry_points(group=f"twinlens.{group}"), key=lambda point: (point.name, point.value))
    return {point.name: point for point in reversed(points) if point.name not in _own(group)}


def _from_entry_point(name: str, point: EntryPoint) -> type:
    try:
        loaded = point.load()
    except TwinlensError:
        raise
    except Exception as error:  # foreign code may fail in any way, and that is no bug of ours
        why = f"{type(error).__name__}: {error}"
        raise BadSpec(f"{name}: the entry point {point.value!r} cannot be loaded: {why}") from error
    return _named(name, _frozen(loaded, f"the entry point {point.value!r}"))


def _named(name: str, made: type) -> type:
    _given_names[made] = name
    return made


def _from_file(name: str) -> type:
    path, _, class_name = name.rpartition(":")
    if not Path(path).is_file():
        raise BadSpec(f"{text.shown(path)}: no such file; expected path/file.py:Class")
    module = _module(Path(path).resolve())
    if not hasattr(module, class_name):
        here = [key for key, value in vars(module).items() if dataclasses.is_dataclass(value)]
        raise BadSpec(
            f"{path}: no class is called {class_name!r}; {_hint(class_name, here, 'it has', 'it has none')}"
        )
    return _named(name, _frozen(getattr(module, class_name), path))


@cache
def _module(path: Path) -> Any:
    """The module in a file, run once."""
    name = f"_twinlens_{hashlib.sha256(str(path).encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"
    source = importlib.util.spec_from_file_location(name, path)
    if source is None or source.loader is None:
        raise BadSpec(f"{path}: cannot be loaded; expected a Python file")
    module = importlib.util.module_from_spec(source)
    sys.modules[name] = module  # dataclasses look their module up
    try:
        source.loader.exec_module(module)
    except Exception as error:  # foreign code may fail in any way, and that is no bug of ours
        del sys.modules[name]
        if isinstance(error, TwinlensError):
            raise
        raise BadSpec(f"{path}: cannot be loaded: {type(error).__name__}: {error}") from error
    return module


def _frozen(made: Any, where: str) -> type:
    """The class, if it is a frozen dataclass."""
    params = getattr(made, "__dataclass_params__", None)
    if not isinstance(made, type) or params is None or not params.frozen:
        raise BadSpec(f"{where}: found {getattr(made, '__name__', made)!r}; expected a frozen dataclass")
    return made
