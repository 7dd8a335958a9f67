"""The examples in the docstrings of what measures run, and are right."""

import doctest
import importlib
import pkgutil
from collections.abc import Iterator

import pytest

import twinlens

ROOMS = ("imaging", "registration", "features", "metrics", "stats")


def modules() -> Iterator[str]:
    for room in ROOMS:
        paths = [f"{path}/{room}" for path in twinlens.__path__]
        yield from (module.name for module in pkgutil.walk_packages(paths, f"twinlens.{room}."))


@pytest.mark.parametrize("name", list(modules()))
def test_the_examples_of_a_module_are_right(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0
