"""What raters said of a run's reasons, as its page shows it: on their scale of 1 to 10, in their words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from twinlens.core.run_records import Row
from twinlens.core.score_records import ScoreRecord
from twinlens.scoring.labels import key
from twinlens.scoring.model_usage import ModelUsage
from twinlens.scoring.rater import HIGHEST, LOWEST
from twinlens.scoring.rater_scores import StoredRatings


class Line(NamedTuple):
    """One line of the table of raters."""

    name: str
    score: ScoreRecord
    control: bool


def table(raters: Sequence[StoredRatings]) -> list[Line]:
    """A line a rater, and under it its control: the same texts with the sides mirrored."""
    lines = []
    for one in raters:
        lines.append(Line(one.ratings.who.judge, one.score, False))
        if one.control is not None:
            lines.append(Line("the same reasons, A and B exchanged", one.control, True))
    return lines


def of_ten(value: float | None) -> str:
    """A rating of 0 to 1 on the scale of raters.

    >>> of_ten(0.0), of_ten(0.5), of_ten(None)
    ('1.0', '5.5', '–')
    """
    return "–" if value is None else f"{LOWEST + (HIGHEST - LOWEST) * value:.1f}"


def spread(score: ScoreRecord) -> str:
    """The 95 % interval on that scale."""
    return "no interval" if score.low is None else f"{of_ten(score.low)} to {of_ten(score.high)}"


def scores(raters: Sequence[StoredRatings]) -> list[tuple[str, dict[str, ScoreRecord]]]:
    """The scores of raters as `twinlens score --rater` prints them, 0 to 1, each beside its control."""
    made = []
    for one in raters:
        who = one.ratings.who
        made.append((f"Rated by {who.judge}, prompt {who.prompt.name}", {"rating": one.score}))
        if one.control is not None:
            made.append(
                (f"Control of {who.judge}: the texts with the sides mirrored", {"rating": one.control})
            )
    return made


def notes(raters: Sequence[StoredRatings], unfit: int) -> Iterator[str]:
    """What a reader of the ratings must not miss."""
    for one in raters:
        for note in one.notes:
            yield f"{one.ratings.who.judge}: {note}" if len(raters) > 1 else note
    if unfit:
        yield (
            f"ratings.jsonl holds {unfit:,} ratings of other texts, photos or experts’ texts; they are not "
            "shown. Were they made with --labels, give it here too."
        )


def rating(row: Row, raters: Sequence[StoredRatings]) -> int | None:
    """The first rater's rating of a row, 1 to 10; None where there is none."""
    line = raters[0].ratings.plain.get(key(row.id)) if raters else None
    return line.rating if line else None


def said(row: Row, raters: Sequence[StoredRatings]) -> list[list[Any]]:
    """What each rater said of a row: who, rating or None, rating with the sides mirrored, words, failure."""
    at = key(row.id)
    lines = ((one.ratings.plain.get(at), one.ratings.mirrored.get(at)) for one in raters)
    return [
        [plain.judge, plain.rating, mirrored and mirrored.rating, plain.raw or plain.detail, plain.failure]
        for plain, mirrored in lines
        if plain is not None
    ]


def cost(usage: ModelUsage, who: str = "Models were") -> str:
    """Calls, tokens and failures in one sentence; empty where nothing was called.

    >>> cost(ModelUsage(2, 1, 3.0, 1200, 80))
    'Models were called 2 times, 1 of them failed: 1,200 tokens sent, 80 written; 1.5 s a call.'
    """
    if not usage.calls:
        return ""
    failed = f", {usage.failed:,} of them failed" if usage.failed else ""
    tokens = f"{usage.prompt_tokens:,} tokens sent, {usage.answer_tokens:,} written"
    if usage.uncounted == usage.calls:
        tokens = "nobody counted the tokens"
    elif usage.uncounted:
        tokens += f" ({usage.uncounted:,} {'call' if usage.uncounted == 1 else 'calls'} not counted)"
    times = "once" if usage.calls == 1 else f"{usage.calls:,} times"
    return f"{who} called {times}{failed}: {tokens}; {usage.seconds / usage.calls:.1f} s a call."
