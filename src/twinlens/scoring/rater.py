"""A model that rates texts about pairs, and the file of a run that stores its ratings.

A rating is stored with all that it rests on: who rated, by which prompt, its text and what it cost. An answer
that holds no rating on the scale is a failure, never a guess, and is requested again next time.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from twinlens.core import catalog
from twinlens.core.contracts import clean, line
from twinlens.core.errors import BadInput, BadPhoto, BudgetSpent, TwinlensError
from twinlens.core.types import Failure
from twinlens.language.prompt import open_template
from twinlens.scoring.source_photos import pair_of

Record = dict[str, Any]
FILE = "ratings.jsonl"
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


@dataclass(frozen=True)
class RatingTask:
    """One text to be rated: of which row, and whether its sides are mirrored."""

    row: Record
    text: str
    reference: str
    mirrored: bool = False


def key_of(who: Record, task: RatingTask) -> str:
    """The key of a question: row, photos, rater, prompt, text, expert's text."""
    photos = [task.row["pair"][side]["sha256"] for side in ("a", "b")]
    question = [
        who["judge"], who["version"], who["prompt"]["sha256"], task.row["id"], photos, task.text,
        task.reference,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(question).encode()).hexdigest()


class Rater:
    """Who rates, by which prompt, and where the photos are."""

    def __init__(self, rater: str, template: str, places: Sequence[Path]) -> None:
        judge = catalog.part("judges", rater)
        if not (hasattr(judge, "rating_prompt") and hasattr(judge, "complete")):
            raise BadInput(f"--rater: {rater} cannot rate a text; expected a model, such as chat or local")
        prompt = open_template(template)
        self.judge, self.template, self.places = judge, template, places
        self.who: Record = {
            "judge": clean(catalog.spec(judge)),
            "version": clean(str(getattr(judge, "version", ""))),
            "prompt": {"name": clean(prompt.name), "sha256": prompt.sha256},
        }

    def rate(self, tasks: Sequence[tuple[RatingTask, str]]) -> Iterator[Record]:
        """The ratings as they come, as many at once as the rater takes; the last ones before BudgetSpent."""
        most = int(getattr(self.judge, "in_flight", 1))
        if most <= 1 or len(tasks) < 2:
            yield from (self._rated(*task) for task in tasks)
            return
        pool = ThreadPoolExecutor(most)
        futures = [pool.submit(self._rated, *task) for task in tasks]
        budget_spent: BaseException | None = None
        try:
            for done in _finished(futures):
                if isinstance(done.exception(), BudgetSpent):
                    budget_spent = done.exception()
                else:
                    yield done.result()
        finally:
            pool.shutdown(cancel_futures=True)
        if budget_spent is not None:
            raise budget_spent

    def _rated(self, task: RatingTask, key: str) -> Record:
        answer = self._answer(task)
        if not isinstance(answer, Failure) and rating_in(answer.text) is None:
            wanted = f"found no rating; expected <rating>{LOWEST}</rating> to {HIGHEST}"
            answer = Failure("unreadable", wanted, answer.text, calls=answer.calls)
        failed = isinstance(answer, Failure)
        return {
            "key": key, "id": task.row["id"], **self.who, "mirrored": task.mirrored,
            "text": hashlib.sha256(task.text.encode("utf-8", "replace")).hexdigest()[:12],
            "rating": None if failed else rating_in(answer.text), "failure": answer.kind if failed else None,
            "detail": clean(answer.detail) if failed else "",
            "raw": clean(answer.raw if failed else answer.text),
            "calls": [asdict(call) for call in answer.calls],
        }  # fmt: skip

    def _answer(self, task: RatingTask) -> Any:
        try:
            pair = pair_of(task.row, self.places)
            question = self.judge.rating_prompt(pair, task.text, task.reference, self.template)
            return self.judge.complete(pair, question)
        except BadPhoto as error:
            return Failure("bad-photo", str(error))
        except TwinlensError:
            raise
        except Exception as error:  # noqa: BLE001  a rater may break in any way, and the others are kept
            return Failure("broken", " ".join(f"{type(error).__name__}: {error}".split()))


def _finished(futures: Sequence[Future[Record]]) -> Iterator[Future[Record]]:
    """Futures as they are done; once the budget is spent only those that were begun."""
    left = set(futures)
    for done in as_completed(futures):
        left.remove(done)
        yield done
        if isinstance(done.exception(), BudgetSpent):
            break
    yield from as_completed([one for one in left if not one.cancel()])


def read_ratings(file: Path) -> Iterator[Record]:
    """All that a file of ratings holds, also what failed; a line cut short is as if it were not there."""
    try:
        lines = file.read_bytes().splitlines() if file.exists() else []
    except OSError as error:
        raise BadInput(f"{str(file)!r}: cannot be read: {error.strerror}; expected ratings") from None
    for text in lines:
        try:
            record = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if isinstance(record, dict):
            yield record


def ratings_by_key(file: Path) -> dict[str, Record]:
    """The ratings in a file by their key; what failed is as if it were not there."""
    return {str(record.get("key")): record for record in read_ratings(file) if is_rated(record)}


def is_rated(record: Record) -> bool:
    """Whether a line of a file of ratings holds one on the scale."""
    rating = record.get("rating")
    return type(rating) is int and LOWEST <= rating <= HIGHEST


def store_rating(file: Path, record: Record) -> None:
    """Append a rating to a file, in one step; a last line that was cut short is ended first."""
    try:
        handle = os.open(file, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
        try:
            size = os.fstat(handle).st_size
            torn = size > 0 and os.pread(handle, 1, size - 1) != b"\n"
            os.write(handle, b"\n" * torn + line(record).encode() + b"\n")
        finally:
            os.close(handle)
    except OSError as error:
        raise BadInput(f"{str(file)!r}: cannot be written: {error.strerror}; make room for ratings") from None
