"""A model that rates texts about pairs.

A rating has with it all that it rests on: who rated, by which prompt, its text and what it cost. An answer
that holds no rating on the scale is a failure, never a guess, and is requested again next time.
"""

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from twinlens.core import catalog
from twinlens.core.contracts import clean, record
from twinlens.core.errors import BadInput, BadPhoto, BudgetSpent, TwinlensError
from twinlens.core.run_records import PromptRecord, RatingRecord, VerdictRow
from twinlens.core.types import Failure
from twinlens.language.prompt import open_template
from twinlens.scoring.source_photos import pair_of

LOWEST, HIGHEST = 1, 10
_RATING = re.compile(r"<rating>\s*(\d{1,3})\s*</rating>", re.IGNORECASE)
_THOUGHT = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)


def rating_in(text: str) -> int | None:
    """The last rating a text gives outside its thoughts; None where that is none on the scale.

    >>> rating_in("All true. <rating>9</rating>"), rating_in("9 of 10"), rating_in("<rating>11</rating>")
    (9, None, None)
    """
    ratings = _RATING.findall(_THOUGHT.sub("", text))
    return int(ratings[-1]) if ratings and LOWEST <= int(ratings[-1]) <= HIGHEST else None


class RaterIdentity(NamedTuple):
    """Who rates, and by which prompt."""

    judge: str
    version: str
    prompt: PromptRecord


@dataclass(frozen=True)
class RatingTask:
    """One text to be rated: of which row, and whether its sides are mirrored."""

    row: VerdictRow
    text: str
    reference: str
    mirrored: bool = False

    def key(self, who: RaterIdentity) -> str:
        """The hash of all that a rating rests on: row, photos, rater, prompt, text, expert's text."""
        photos = [self.row.pair.a.sha256, self.row.pair.b.sha256]
        question = [who.judge, who.version, who.prompt.sha256, self.row.id, photos, self.text, self.reference]
        return hashlib.sha256(json.dumps(question).encode()).hexdigest()


class Rater:
    """Who rates, by which prompt, and where the photos are."""

    def __init__(self, rater: str, template: str, places: Sequence[Path]) -> None:
        judge = catalog.part("judges", rater)
        if not (hasattr(judge, "rating_prompt") and hasattr(judge, "complete")):
            raise BadInput(f"--rater: {rater} cannot rate a text; expected a model, such as chat or local")
        prompt, version = open_template(template), clean(str(getattr(judge, "version", "")))
        self.judge, self.template, self.places = judge, template, places
        self.who = RaterIdentity(
            clean(catalog.spec(judge)), version, PromptRecord(clean(prompt.name), prompt.sha256)
        )

    def rate(self, tasks: Mapping[str, RatingTask]) -> Iterator[RatingRecord]:
        """The ratings of tasks by their keys as they come, as many at once as the rater takes.

        Once the budget is spent nothing new is begun; BudgetSpent follows the ratings that were.
        """
        budget_spent: BaseException | None = None
        pool = ThreadPoolExecutor(int(getattr(self.judge, "in_flight", 1)))
        try:
            futures = [pool.submit(self._rated, *task) for task in tasks.items()]
            for done in as_completed(futures):
                error = None if done.cancelled() else done.exception()
                if isinstance(error, BudgetSpent):
                    budget_spent = error
                    for one in futures:
                        one.cancel()
                elif not done.cancelled():
                    yield done.result()
        finally:
            pool.shutdown(cancel_futures=True)
        if budget_spent is not None:
            raise budget_spent

    def _rated(self, key: str, task: RatingTask) -> RatingRecord:
        answer = self._answer(task)
        if not isinstance(answer, Failure) and rating_in(answer.text) is None:
            wanted = f"found no rating; expected <rating>{LOWEST}</rating> to {HIGHEST}"
            answer = Failure("unreadable", wanted, answer.text, calls=answer.calls)
        if isinstance(answer, Failure):
            outcome: dict[str, Any] = {"failure": answer.kind, "detail": answer.detail, "raw": answer.raw}
        else:
            outcome = {"rating": rating_in(answer.text), "raw": answer.text}
        digest = hashlib.sha256(task.text.encode("utf-8", "replace")).hexdigest()[:12]
        return record(
            RatingRecord, key=key, id=task.row.id, **self.who._asdict(), mirrored=task.mirrored, text=digest,
            calls=answer.calls, **outcome,
        )  # fmt: skip

    def _answer(self, task: RatingTask) -> Any:
        try:
            pair = pair_of(task.row, self.places)
            question = self.judge.rating_prompt(pair, task.text, task.reference, self.template)
            return self.judge.complete(pair, question)
        except BadPhoto as error:
            return Failure("bad-photo", str(error))
        except TwinlensError:
            raise
        except Exception as error:  # noqa: BLE001  a rater may break in any way, and the others go on
            return Failure("broken", " ".join(f"{type(error).__name__}: {error}".split()))


def is_rated(rating: RatingRecord) -> bool:
    """Whether it holds a rating on the scale."""
    return rating.rating is not None and LOWEST <= rating.rating <= HIGHEST
