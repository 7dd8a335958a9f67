"""Judges made of judges: how their members are opened and called, and what they have in common."""

import hashlib
import inspect
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from twinlens.core import catalog
from twinlens.core.contracts import sound
from twinlens.core.errors import BadPhoto, BadSpec
from twinlens.core.foreign_code import ForeignError, call_foreign
from twinlens.core.types import (
    Batched,
    BatchedExplainer,
    Claim,
    Explainer,
    Failure,
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
LONGEST_RAW = 20_000
"""Characters of a traceback that are stored, its last ones."""
ONE_THREAD = threading.RLock()
"""Taken while a member works that does not say it may be called from several threads."""


def member(spec: str, of: str) -> Judge:
    """The judge that a spec describes; BadSpec, with the name of the whole, where there is none."""
    try:
        made: Judge = catalog.part("judges", spec)
    except BadSpec as error:
        raise BadSpec(f"{of}: {error}") from error
    return made


def judge_all(
    judge: Judge, pairs: Sequence[Pair], slot: AbstractContextManager[object] | None = None
) -> Iterator[Outcome]:
    """What a judge says of pairs, as it comes; where it breaks, a failure.

    Of many at once where it has `judge_many`; where that breaks of each by itself, so that only the bad one
    fails. With a `slot`, which is taken for each pair, the caller has the threads.
    """
    many = judge.judge_many if isinstance(judge, Batched) else None
    return _outcomes(judge, pairs, judge.judge, many, slot)


def explain_all(explainer: Explainer, settled: Sequence[Settled]) -> Iterator[Outcome]:
    """A member's reasons for settled choices; where it breaks, a failure."""
    many = explainer.explain_many if isinstance(explainer, BatchedExplainer) else None
    return _outcomes(explainer, settled, lambda one: explainer.explain(*one), many)


def in_flight(judge: Any) -> int:
    """How many pairs a judge takes at once, from threads."""
    return int(getattr(judge, "in_flight", 1) or 1)


def attempt(work: Callable[[], Item]) -> Item | Failure:
    """What comes of the work, or the failure that it ended in; other errors of ours are raised."""
    try:
        return call_foreign(work)
    except BadPhoto as error:
        return Failure("bad-photo", str(error))
    except ForeignError as error:
        return Failure(
            "broken", str(error), "".join(traceback.format_exception(error.__cause__))[-LONGEST_RAW:]
        )


def _outcomes(
    member: Any, items: Sequence[Any], one: Callable[[Any], Any],
    many: Callable[[Any], Iterable[Any]] | None, slot: AbstractContextManager[object] | None = None,
) -> Iterator[Outcome]:  # fmt: skip
    """What a member says of items: of a batch at once, else from as many threads as it takes."""

    def single(item: Any) -> Any:
        with slot or (nullcontext() if hasattr(member, "in_flight") else ONE_THREAD):
            return attempt(lambda: one(item))

    def together(part: Sequence[Any]) -> Sequence[Any]:
        """The outcomes of one call for all; where that breaks, of one call each."""
        with ONE_THREAD:
            outcomes = attempt(lambda: list(many(part))) if many else ()
        if isinstance(outcomes, Failure) or len(outcomes) != len(part):
            return list(map(single, part))
        return outcomes

    outcomes: Iterable[Any] = map(single, items)
    batch = int(getattr(member, "batch", 1))
    threads = 1 if slot else min(in_flight(member), len(items))
    if many and batch > 1:
        parts = (items[at : at + batch] for at in range(0, len(items), batch))
        outcomes = (outcome for part in parts for outcome in together(part))
    elif threads > 1:
        with ThreadPoolExecutor(threads) as pool:
            outcomes = list(pool.map(single, items))
    for item, outcome in zip(items, outcomes, strict=True):
        yield _checked(member, item if isinstance(item, Pair) else item[0], outcome)


def _checked(member: Any, pair: Pair, outcome: Any) -> Outcome:
    """An outcome; a failure of the kind "broken" where it is none, or a verdict that cannot be."""
    if not isinstance(outcome, Verdict | Failure):
        outcome = Failure("broken", f"the judge gave {type(outcome).__name__}; expected a verdict")
    elif isinstance(outcome, Verdict) and outcome.pair is not pair:
        outcome = Failure("broken", "the judge gave a verdict on another pair; expected one on this pair")
    made = sound(outcome)
    if isinstance(made, Failure):
        return replace(made, judge=made.judge or catalog.spec(member), pair_id=made.pair_id or pair.id)
    return made


def set_concurrency(judge: Any, members: Iterable[Any]) -> None:
    """Give a frozen judge the `batch` of its members, else their `in_flight`; neither where none has it.

    They are attributes of the one judge, not of its class, for a class that has `batch` is taken to be
    `Batched`.
    """
    members = list(members)
    for name in ("batch", "in_flight"):
        if values := [int(getattr(member, name)) for member in members if hasattr(member, name)]:
            object.__setattr__(judge, name, max(values))
            return


def version(judges: Iterable[Any]) -> str:
    """What the answers of judges depend on beside their specs: their versions, and code from outside."""
    return " ".join(filter(None, (f"{_code(judge)}{getattr(judge, 'version', '')}" for judge in judges)))


def sends_to(judges: Iterable[Any]) -> tuple[str, ...]:
    """The hosts to which judges send photos, as far as they say."""
    return tuple(host for judge in judges for host in getattr(judge, "sends_to", ()))


def _code(judge: Any) -> str:
    """The hash of the file of a judge that is none of ours."""
    code = b"" if type(judge).__module__.startswith("twinlens.") else source_of(judge)
    return f"code:{hashlib.sha256(code).hexdigest()[:12]} " if code else ""


def source_of(judge: Any) -> bytes:
    """The file of a judge's class; nothing of a class without a file of Python."""
    with suppress(OSError, TypeError):
        return Path(inspect.getsourcefile(type(judge)) or "").read_bytes()
    return b""


def notes_on(spec: str, outcome: Outcome) -> list[str]:
    """Who said what, as notes: the answer, in which A is the photo shown first, then the member's own notes.

    The text of a model is among them, as nothing else keeps it.
    """
    if isinstance(outcome, Failure):
        lines, text = [f"no answer, {outcome.kind}: {outcome.detail}"], outcome.raw
    else:
        lines = [f"{ANSWERS[outcome.choice]}, probability of A {outcome.p_a:.3f}", *outcome.notes]
        text = outcome.rationale if outcome.calls else ""
    return [*(f"{spec}: {line}" for line in lines), *([f"{spec} wrote: {text}"] if text.strip() else [])]
