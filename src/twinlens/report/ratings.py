"""What raters said of a run's reasons, as its page shows it: on their scale of 1 to 10, in their words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from twinlens.scoring.estimator import Score
from twinlens.scoring.labels import key
from twinlens.scoring.model_usage import ModelUsage
from twinlens.scoring.rater import HIGHEST, LOWEST
from twinlens.scoring.rater_scores import StoredRatings

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table of raters."""

    name: str
    value: str
    interval: str
    n: int
    failed: int
    control: bool


def table(raters: Sequence[StoredRatings]) -> list[Line]:
    """A line a rater, and under it its control: the same texts with the sides exchanged."""
    found = []
    for one in raters:
        found.append(_line(one.ratings.who["judge"], one.score, False))
        if one.control is not None:
            found.append(_line("the same reasons, A and B exchanged", one.control, True))
    return found


def _line(name: str, score: Score, control: bool) -> Line:
    return Line(name, of_ten(score.value), spread(score), score.n, score.failed, control)


def of_ten(value: float | None) -> str:
    """A rating of 0 to 1 on the scale that raters are asked for.

    >>> of_ten(0.0), of_ten(0.5), of_ten(None)
    ('1.0', '5.5', '–')
    """
    return "–" if value is None else f"{LOWEST + (HIGHEST - LOWEST) * value:.1f}"


def spread(score: Score) -> str:
    """The 95 % interval on that scale."""
    if score.low is None:
        return "no interval"
    return f"{of_ten(score.low)} to {of_ten(score.high)}"


def scores(raters: Sequence[StoredRatings]) -> list[tuple[str, dict[str, Score]]]:
    """The scores of raters as `twinlens score --rater` tells them, 0 to 1, each beside its control."""
    found = []
    for one in raters:
        found.append(
            (
                f"Rated by {one.ratings.who['judge']}, prompt {one.ratings.who['prompt']['name']}",
                {"rating": one.score},
            )
        )
        if one.control is not None:
            found.append(
                (
                    f"Control of {one.ratings.who['judge']}: the texts with the sides exchanged",
                    {"rating": one.control},
                )
            )
    return found


def notes(raters: Sequence[StoredRatings], unfit: int) -> Iterator[str]:
    """What a reader of the ratings must not miss."""
    for one in raters:
        for note in one.notes:
            yield f"{one.ratings.who['judge']}: {note}" if len(raters) > 1 else note
    if unfit:
        yield (
            f"ratings.jsonl holds {unfit:,} ratings of other texts, photos or experts’ texts; they are not "
            "shown. Were they made with --labels, give it here too."
        )


def rating(row: Row, raters: Sequence[StoredRatings]) -> int | None:
    """The first rater's rating of a row, 1 to 10; None where there is none."""
    if not raters:
        return None
    told = raters[0].ratings.plain.get(key(str(row["id"])))
    return None if told is None else told["rating"]


def said(row: Row, raters: Sequence[StoredRatings]) -> list[list[Any]]:
    """What each rater said of a row: who, rating or None, rating with the sides exchanged, words, failure."""
    at = key(str(row["id"]))
    found = []
    for one in raters:
        told, turned = one.ratings.plain.get(at), one.ratings.mirrored.get(at)
        if told is not None:
            other = turned["rating"] if turned else None
            words, failed = str(told.get("raw") or ""), told.get("failure")
            found.append(
                [
                    one.ratings.who["judge"],
                    told["rating"],
                    other,
                    words or str(told.get("detail") or ""),
                    failed,
                ]
            )
    return found


def cost(spent: ModelUsage, who: str = "Models were") -> str:
    """Calls, tokens and failures in one sentence; empty where nothing was called.

    >>> cost(ModelUsage(2, 1, 3.0, 1200, 80))
    'Models were called 2 times, 1 of them failed: 1,200 tokens sent, 80 written; 1.5 s a call.'
    """
    if not spent.calls:
        return ""
    failed = f", {spent.failed:,} of them failed" if spent.failed else ""
    told = f"{spent.prompt_tokens:,} tokens sent, {spent.answer_tokens:,} written"
    if spent.uncounted == spent.calls:
        told = "nobody counted the tokens"
    elif spent.uncounted:
        told += f" ({spent.uncounted:,} {'call' if spent.uncounted == 1 else 'calls'} not counted)"
    times = "once" if spent.calls == 1 else f"{spent.calls:,} times"
    return f"{who} called {times}{failed}: {told}; {spent.seconds / spent.calls:.1f} s a call."
