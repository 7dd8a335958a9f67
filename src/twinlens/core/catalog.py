"""Parts by name: judges, metrics and readers.

A part is a frozen dataclass; its file's name is its name, and its class is that name in CamelCase
(`chroma_noise.py` holds `ChromaNoise`). A new file in the folder is a new part: there is no table to edit. A
file without such a class, or whose class has no equality, is a helper. From outside come entry points of
`twinlens.judges`, `twinlens.metrics` and `twinlens.readers`, and classes by path: `path/file.py:Class`.

Listing names imports no part; asking for one imports that one only.
"""

import dataclasses
import difflib
import hashlib
import importlib
import importlib.util
import os
import re
import sys
import typing
from collections.abc import Callable
from functools import cache, partial
from importlib.metadata import EntryPoint, entry_points
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from twinlens.core import spec as text
from twinlens.core.errors import BadSpec
from twinlens.core.foreign_code import ForeignError, call_foreign

Group = Literal["judges", "metrics", "readers"]
DEFAULT_JUDGE = "expert"
"""Who judges where nobody is named: by compare, run and the demo."""

_names: dict[type, str] = {}
"""The names of classes that were looked up; of one from outside it is not that of its file."""


def names(group: Group) -> list[str]:
    """The names of a group's parts, sorted."""
    return sorted({*_own(group), *_outside(group)})


def part(group: Group, spec: str) -> Any:
    """The part a spec describes; BadSpec says what is wrong with the spec, in one line."""
    name, arguments = text.parse(spec)
    made = kind(group, name)
    wanted = {field.name: field for field in dataclasses.fields(made) if field.init}
    if unknown := [key for key in arguments if key not in wanted]:
        hint = _hint(unknown[0], list(wanted), "it has", "it has none")
        raise BadSpec(f"{name}: found the argument {unknown[0]!r}; {hint}")
    if missing := [key for key, field in wanted.items() if key not in arguments and _required(field)]:
        example = ", ".join(f'{key}="…"' for key in missing)
        raise BadSpec(f"{name} needs {' and '.join(missing)}; expected {name}({example})")
    try:
        one = call_foreign(lambda: made(**_fitted(name, made, arguments)))
    except ForeignError as error:
        plain = isinstance(error.__cause__, TypeError | ValueError)
        raise BadSpec(f"{name}: {error.__cause__ if plain else error}") from error
    if group == "judges" and not _is_ours(made):
        _check_judge(name, one)
    return one


def spec(part: Any) -> str:
    """The spec of a part: its name, and the arguments that are not the default ones.

    `part` gives an equal part back. Of what is no part it is the name of its class.
    """
    cls = type(part)
    if not dataclasses.is_dataclass(part):
        return cls.__name__
    name = _names.get(cls, cls.__module__.rpartition(".")[2])
    values = {field: getattr(part, field.name) for field in dataclasses.fields(part) if field.init}
    return text.write(name, {key.name: value for key, value in values.items() if value != _default(key)})


def parts(group: Group) -> dict[str, Any]:
    """The parts of a group that need no argument, by name."""
    kinds = {name: kind(group, name) for name in names(group)}
    free = (name for name, made in kinds.items() if not any(map(_required, dataclasses.fields(made))))
    return {name: part(group, name) for name in free}


def kind(group: Group, name: str) -> type:
    """The class of a part, by its name or as `path/file.py:Class`."""
    if ".py:" in name:
        where, _, class_name = name.rpartition(":")
        made = _from_file(where, class_name)
    elif name in _own(group):
        where, made = f"twinlens/{group}/{name}.py", _own_class(group, name)
    elif point := _outside(group).get(name):
        where = f"the entry point {point.value!r}"
        made = _loaded(f"{name}: {where}", point.load)
    else:
        one, hint = group.removesuffix("s"), _hint(name, names(group), f"the {group} are", "there is none")
        raise BadSpec(f"no {one} is called {text.shown(name)}; {hint}")
    params = getattr(made, "__dataclass_params__", None)
    if not isinstance(made, type) or params is None or not params.frozen:
        raise BadSpec(f"{where}: found {getattr(made, '__name__', made)!r}; expected a frozen dataclass")
    _names[made] = name
    return made


def _is_ours(made: type) -> bool:
    return made.__module__.startswith("twinlens.")


def _check_judge(name: str, judge: Any) -> None:
    """BadSpec where a judge from outside is none: its method, and what it says of itself."""
    if not callable(getattr(judge, "judge", None)):
        raise BadSpec(f"{name}: found no method judge; expected one that takes a pair and gives a verdict")
    whole = (int, 1, "a whole number, 1 or more")
    known: dict[str, tuple[type, Any, str]] = {
        "symmetric": (bool, False, "True or False"), "version": (str, "", "a text"),
        "in_flight": whole, "batch": whole,
    }  # fmt: skip
    for attribute, (form, usual, expected) in known.items():
        value = _loaded(f"{name}: {attribute}", partial(getattr, judge, attribute, usual))
        if not isinstance(value, form) or value < usual:
            given = text.shown(repr(value))[1:-1]
            raise BadSpec(f"{name}: found {attribute} = {given}; expected {expected}")


def _hint(word: str, known: list[str], have: str, none: str) -> str:
    """What was meant, and what exists."""
    close = difflib.get_close_matches(word.lower(), known, n=1, cutoff=0.5)
    meant = f"did you mean {close[0]!r}? " if close else ""
    return meant + (f"{have} {', '.join(known)}" if known else none)


def _required(field: dataclasses.Field[Any]) -> bool:
    return field.init and _default(field) is dataclasses.MISSING


def _default(field: dataclasses.Field[Any]) -> Any:
    """The default of a field, MISSING where there is none."""
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
    modules = {
        file.name[:-3]: file for file in (files("twinlens") / group).iterdir() if file.name[-3:] == ".py"
    }
    value = r"^@dataclass\((?!.*eq=False).*\)\nclass {}\b"  # parts are compared, what is loaded is not
    return frozenset(
        name
        for name, file in modules.items()
        if re.search(value.format(_class_name(name)), file.read_text("utf-8"), re.MULTILINE)
    )


def _own_class(group: Group, name: str) -> Any:
    try:
        return getattr(importlib.import_module(f"twinlens.{group}.{name}"), _class_name(name))
    except ModuleNotFoundError as error:
        raise BadSpec(f"{name} needs the package {error.name!r}, which is not installed") from error


def _outside(group: Group) -> dict[str, EntryPoint]:
    """The entry points of a group; our own names cannot be taken, and the first of two equal names counts."""
    points = sorted(entry_points(group=f"twinlens.{group}"), key=lambda point: (point.name, point.value))
    return {point.name: point for point in reversed(points) if point.name not in _own(group)}


def _from_file(path: str, class_name: str) -> Any:
    if not os.path.isfile(path):  # False, too, of a name that no file can have
        raise BadSpec(f"{text.shown(path)}: no such file; expected path/file.py:Class")
    module = _loaded(f"{path}:", lambda: _module(Path(path).resolve()))
    if not hasattr(module, class_name):
        here = [key for key, value in vars(module).items() if dataclasses.is_dataclass(value)]
        hint = _hint(class_name, here, "it has", "it has none")
        raise BadSpec(f"{path}: no class is called {class_name!r}; {hint}")
    return getattr(module, class_name)


def _loaded(what: str, load: Callable[[], Any]) -> Any:
    """What foreign code gives; it may fail in any way, and that is no bug of ours."""
    try:
        return call_foreign(load)
    except ForeignError as error:
        raise BadSpec(f"{what} cannot be loaded: {error}") from error


@cache
def _module(path: Path) -> Any:
    """The module in a file, run once."""
    name = f"_twinlens_{hashlib.sha256(str(path).encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"
    source = importlib.util.spec_from_file_location(name, path)
    assert source is not None
    assert source.loader is not None  # the file's name ends with .py
    module = sys.modules[name] = importlib.util.module_from_spec(source)  # dataclasses look their module up
    try:
        source.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
