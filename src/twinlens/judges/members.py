"""Judges made of judges: how their members are read, asked, and what they say of themselves together."""

from __future__ import annotations

import hashlib
import inspect
import threading
import traceback
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

from twinlens.core import catalog
from twinlens.core.errors import BadPhoto, BadSpec, TwinlensError
from twinlens.core.record import sound
from twinlens.core.types import Batched, Failure, Judge, Pair, Verdict
from twinlens.language.write import ANSWERS

Outcome = Verdict | Failure
T = TypeVar("T")
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
    if isinstance(judge, Batched) and judge.batch > 1:
        parts = [pairs[at : at + judge.batch] for at in range(0, len(pairs), judge.batch)]
        return [outcome for part in parts for outcome in _many(judge, part)]
    return spread(judge, lambda pair: kept(judge, pair, judge.judge), pairs)


def spread(judge: Any, work: Callable[[T], Outcome], items: Sequence[T]) -> list[Outcome]:
    """Work of a member on items, as many at once as it says it takes."""
    most = min(int(getattr(judge, "in_flight", 1)), len(items))
    if most <= 1:
        return [work(item) for item in items]
    with ThreadPoolExecutor(most) as pool:
        return list(pool.map(work, items))


def kept(judge: Any, pair: Pair, work: Callable[[Pair], Any]) -> Outcome:
    """What a member's work on a pair came to; a failure where it breaks or gives no verdict."""
    try:
        if hasattr(judge, "in_flight"):
            outcome = work(pair)
        else:
            with ALONE:
                outcome = work(pair)
    except BadPhoto as error:
        return Failure("bad-photo", str(error), "", catalog.spec(judge), pair.id)
    except TwinlensError:
        raise
    except Exception as error:  # noqa: BLE001  a member may break in any way, and the others go on
        return _broken(judge, pair, error)
    return _checked(judge, pair, outcome)


def _many(judge: Any, pairs: Sequence[Pair]) -> list[Outcome]:
    """The outcomes of one call for all pairs; where that breaks, of one call each."""
    try:
        with ALONE:
            said = list(judge.judge_many(pairs))
    except TwinlensError:
        raise
    except Exception:  # noqa: BLE001  only the pair that breaks it is to fail
        said = []
    if len(said) != len(pairs):
        return [kept(judge, pair, judge.judge) for pair in pairs]
    return [_checked(judge, pair, outcome) for pair, outcome in zip(pairs, said, strict=True)]


def _checked(judge: Any, pair: Pair, outcome: Any) -> Outcome:
    if isinstance(outcome, Verdict | Failure):
        return sound(outcome)
    detail = f"the judge gave {type(outcome).__name__}; expected a verdict"
    return Failure("broken", detail, "", catalog.spec(judge), pair.id)


def _broken(judge: Any, pair: Pair, error: Exception) -> Failure:
    detail = " ".join(f"{type(error).__name__}: {error}".split())
    return Failure("broken", detail, "".join(traceback.format_exception(error)), catalog.spec(judge), pair.id)


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
