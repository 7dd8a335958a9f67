"""What every judge of the catalog keeps, whoever answers."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from fault_server import serve
from photographs import picture, spoiled
from twinlens.core import catalog
from twinlens.core.contracts import line, outcome_record
from twinlens.core.spec import literal, write
from twinlens.core.types import Batched, Explainer, Failure, Pair, Verdict
from twinlens.train.examples import photo_of

NAMES = catalog.names("judges")
NEEDED: dict[str, Any] = {"model": "good", "judges": ("measured", "fixed"), "explains": "fixed"}
"""A value for each argument that a judge cannot be made without."""
ON_THIS_MACHINE = "batch"
"""Judges that load a model of their own have this; what they say is tested where there is one."""


@pytest.fixture(params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serve() as server:
        yield server.url


@pytest.fixture(autouse=True)
def _environment(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.fixture(scope="module")
def pair() -> Pair:
    a, b = (np.ascontiguousarray(p[40:168, 200:392]) for p in (picture("coffee"), spoiled("coffee", "blur")))
    return Pair("p", photo_of(a), photo_of(b), kind="scene")


def made(name: str) -> Any:
    fields = dataclasses.fields(catalog.kind("judges", name))
    needed = {
        field.name: NEEDED[field.name]
        for field in fields
        if field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
    }
    return catalog.part("judges", write(name, needed))


def test_it_says_in_one_sentence_what_it_is(name: str) -> None:
    first = (inspect.getdoc(catalog.kind("judges", name)) or "").partition("\n\n")[0]
    assert first.endswith(".")
    assert not first.startswith(f"{catalog.kind('judges', name).__name__}(")


def test_its_arguments_can_be_written_in_a_spec_which_gives_it_back(name: str) -> None:
    judge = made(name)
    assert catalog.part("judges", catalog.spec(judge)) == judge
    assert hash(judge) == hash(made(name))
    for field in dataclasses.fields(judge):
        assert literal(getattr(judge, field.name))


def test_what_it_says_of_itself_is_of_the_right_kind(name: str) -> None:
    judge = made(name)
    assert isinstance(getattr(judge, "symmetric", False), bool)
    assert isinstance(getattr(judge, "in_flight", 1), int)
    assert not isinstance(judge, Batched) or judge.batch >= 1
    assert not hasattr(judge, "explain") or isinstance(judge, Explainer)


def test_it_gives_one_outcome_for_each_order_and_it_can_be_written(name: str, pair: Pair) -> None:
    judge = made(name)
    if hasattr(judge, ON_THIS_MACHINE):
        pytest.skip("it loads a model")
    for shown in (pair, dataclasses.replace(pair, a=pair.b, b=pair.a)):
        outcome = judge.judge(shown)
        assert isinstance(outcome, Verdict | Failure)
        assert isinstance(outcome, Verdict), outcome
        assert outcome.pair is shown
        assert outcome.judge == catalog.spec(judge)
        assert 0 <= outcome.p_a <= 1
        assert outcome.choice in ("a", "b", "tie")
        assert line(outcome_record(outcome, "1"))
