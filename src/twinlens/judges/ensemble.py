"""Judges made of judges: how their members are read, asked, and what they say of themselves together."""

from __future__ import annotations

import hashlib
import inspect
import threading
import traceback
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from twinlens.core import catalog
from twinlens.core.contracts import sound
from twinlens.core.errors import BadPhoto, BadSpec, TwinlensError
from twinlens.core.types import (
    Batched,
    BatchedExplainer,
    Claim,
    Explainer,
    Failure,
    FailureKind,
    Judge,
    Pair,
    Side,
    Verdict,
)
from twinlens.language.render import ANSWERS

Outcome = Verdict | Failure
Settled = tuple[Pair, Side, Sequence[Claim]]
"""A pair, the choice that is settled, and the claims for it that the pixels refuted."""
Item = TypeVar("Item")
ALONE = threading.RLock()
"""Held while a member works that does not say it may be asked by several threads."""


def member(spec: str, of: str) -> Judge:
    """The judge that a spec describes; BadSpec, with the name of the whole, where there is none."""
    try:
        made: Judge = catalog.part("judges", spec)
    except BadSpec as error:
        raise BadSpec(f"{of}: {error}") from error
    return made


def ask(judge: Judge, pairs: Sequence[Pair]) -> list[Outcome]:
    """What a member says of pairs, asked as it likes to be; where it breaks, a failure."""
    many = judge.judge_many if isinstance(judge, Batched) else None
    return _Way(judge, lambda pair: pair, judge.judge, many).ask(pairs)


def explain(explainer: Explainer, settled: Sequence[Settled]) -> list[Outcome]:
    """A member's reasons for settled choices, asked as it likes to be; where it breaks, a failure."""
    many = explainer.explain_many if isinstance(explainer, BatchedExplainer) else None
    return _Way(explainer, lambda one: one[0], lambda one: explainer.explain(*one), many).ask(settled)


@dataclass(frozen=True)
class _Way(Generic[Item]):
    """How a member is asked of an item, or of many at once; `pair` is the pair of an item."""

    member: Any
    pair: Callable[[Item], Pair]
    one: Callable[[Item], Any]
    many: Callable[[Sequence[Item]], Iterable[Any]] | None

    def ask(self, items: Sequence[Item]) -> list[Outcome]:
        """What it says of items: of a batch at once, else from as many threads as it takes."""
        batch = int(getattr(self.member, "batch", 1))
        if self.many is not None and batch > 1:
            parts = [items[at : at + batch] for at in range(0, len(items), batch)]
            return [outcome for part in parts for outcome in self._together(part)]
        threads = min(int(getattr(self.member, "in_flight", 1)), len(items))
        if threads <= 1:
            return [self._alone(item) for item in items]
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(self._alone, items))

    def _together(self, items: Sequence[Item]) -> list[Outcome]:
        """The outcomes of one call for all items; where that breaks, of one call each."""
        assert self.many is not None
        try:
            with ALONE:
                said = list(self.many(items))
        except TwinlensError:
            raise
        except Exception:  # noqa: BLE001  only the item that breaks it is to fail
            said = []
        if len(said) != len(items):
            return [self._alone(item) for item in items]
        return [self._checked(item, outcome) for item, outcome in zip(items, said, strict=True)]

    def _alone(self, item: Item) -> Outcome:
        """What it says of one item; a failure where it breaks or gives no verdict."""
        try:
            with nullcontext() if hasattr(self.member, "in_flight") else ALONE:
                outcome = self.one(item)
        except BadPhoto as error:
            return self._failure("bad-photo", item, str(error))
        except TwinlensError:
            raise
        except Exception as error:  # noqa: BLE001  a member may break in any way, and the others go on
            detail = " ".join(f"{type(error).__name__}: {error}".split())
            return self._failure("broken", item, detail, "".join(traceback.format_exception(error)))
        return self._checked(item, outcome)

    def _checked(self, item: Item, outcome: Any) -> Outcome:
        if isinstance(outcome, Verdict | Failure):
            return sound(outcome)
        return self._failure("broken", item, f"the judge gave {type(outcome).__name__}; expected a verdict")

    def _failure(self, kind: FailureKind, item: Item, detail: str, raw: str = "") -> Failure:
        return Failure(kind, detail, raw, catalog.spec(self.member), self.pair(item).id)


def adopt(judge: Any, members: Iterable[Any]) -> None:
    """Give a frozen judge the `batch` of its members, else their `in_flight`; neither where none says it.

    They are attributes of the one judge, not of its class, for a class that has `batch` is taken to be
    `Batched`.
    """
    members = list(members)
    for name in ("batch", "in_flight"):
        found = [int(getattr(member, name)) for member in members if hasattr(member, name)]
        if found:
            object.__setattr__(judge, name, max(found))
            return


def version(judges: Iterable[Any]) -> str:
    """What the answers of judges depend on beside their specs: their versions, and code from outside."""
    return " ".join(filter(None, (f"{_outside(judge)}{getattr(judge, 'version', '')}" for judge in judges)))


def _outside(judge: Any) -> str:
    """The hash of the file of a judge that is none of ours."""
    if type(judge).__module__.startswith("twinlens."):
        return ""
    try:
        code = Path(inspect.getsourcefile(type(judge)) or "").read_bytes()
    except (OSError, TypeError):
        return ""
    return f"code:{hashlib.sha256(code).hexdigest()[:12]} "


def told(spec: str, outcome: Outcome) -> list[str]:
    """Who said what, for notes: the answer, in which A is the photo shown first, then its own notes.

    The text of a model is kept with it, as nothing else keeps it.
    """
    if isinstance(outcome, Failure):
        return [f"{spec}: no answer, {outcome.kind}: {outcome.detail}", *_text(spec, outcome.raw)]
    answer = f"{spec}: {ANSWERS[outcome.choice]}, chance of A {outcome.p_a:.3f}"
    text = _text(spec, outcome.rationale) if outcome.calls else []
    return [answer, *(f"{spec}: {note}" for note in outcome.notes), *text]


def _text(spec: str, text: str) -> list[str]:
    return [f"{spec} wrote: {text}"] if text.strip() else []
